namespace Mesh.Conformance.Tests;

/// <summary>One body, two worlds: every behaviour under one policy. Each policy is a class, so that they run beside one another.</summary>
public abstract class ConformanceTests
{
    /// <summary>Runs of a live case before a machine that is too busy for its margins has to answer for it.</summary>
    private const int MostRuns = 6;
    private readonly CasePolicy _policy;

    private protected ConformanceTests(CasePolicy policy) => _policy = policy;

    public static TheoryData<string> Names => [.. Behaviours.All.Select(behaviour => behaviour.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Both_worlds_decide_alike(string behaviour)
    {
        var played = Behaviours.Find(behaviour);
        string virtually = Case.Virtual(played, _policy).Trace;
        string should = Golden.Of(played, _policy, virtually);
        Assert.True(should == virtually, Comparison.Difference(played, _policy, ("as it should be", should), ("virtual", virtually)));
        for (int run = 1; ; run++)
        {
            var live = await Case.LiveAsync(played, _policy);
            if (Comparison.Difference(played, _policy, ("virtual", virtually), ("live", live.Trace)) is not { } difference) return;
            if (live.Lateness <= Lateness.Fair || run == MostRuns) Assert.Fail($"{difference}The machine was late by up to {live.Lateness.TotalMilliseconds:0} ms (run {run}).");
        }
    }
}

public class None() : ConformanceTests(CasePolicies.None);

public class Retries() : ConformanceTests(CasePolicies.Retries);

public class SafeRetries() : ConformanceTests(CasePolicies.SafeRetries);

public class RetryBudget() : ConformanceTests(CasePolicies.RetryBudget);

public class PerTryTimeout() : ConformanceTests(CasePolicies.PerTryTimeout);

public class TotalDeadline() : ConformanceTests(CasePolicies.TotalDeadline);

public class IdleTimeout() : ConformanceTests(CasePolicies.IdleTimeout);

public class OutlierDetection() : ConformanceTests(CasePolicies.OutlierDetection);

public class FailureAccrual() : ConformanceTests(CasePolicies.FailureAccrual);

public class CircuitBreaker() : ConformanceTests(CasePolicies.CircuitBreaker);

public class Hedging() : ConformanceTests(CasePolicies.Hedging);

public class Caps() : ConformanceTests(CasePolicies.Caps);
