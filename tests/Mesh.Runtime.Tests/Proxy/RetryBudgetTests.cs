using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>Budgets, and what a retry may not repeat, on the way of a request.</summary>
public class RetryBudgetTests
{
    private static readonly RetryConfig OnServerErrors = new() { Attempts = 2, On = RetryOn.ServerError, BackoffBase = TimeSpan.FromMilliseconds(100) };

    private static PolicyConfig Capped(int retries) => new() { Retries = OnServerErrors, Limits = new LimitsConfig { MaxRetries = retries } };

    [Fact]
    public void Retry_over_the_budget_is_not_made_and_says_so()
    {
        var mesh = new TestMesh(Capped(0));
        mesh.Upstream.Plays(Step.Answer(503));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, UO, 10), call.Answer);
        Assert.Single(mesh.Upstream.Sent);
        Assert.Equal(503, Assert.Single(mesh.Of(MeshEventKind.RetryRefused)).Outcome);
    }

    [Fact]
    public void Retry_takes_its_place_while_it_waits()
    {
        var mesh = new TestMesh(Capped(1));
        mesh.Upstream.Plays(Step.Answer(503), Step.Answer());
        var first = mesh.Call();
        var second = mesh.Call(at: 1);   // fails 1 ms after the first, which waits
        mesh.Run();
        Assert.Equal((200, None), (first.Response.Status, first.Response.Flags));
        Assert.Equal((503, UO), (second.Response.Status, second.Response.Flags));
    }

    [Theory]
    [InlineData(5)]       // in the first attempt, before any retry
    [InlineData(10.5)]    // in the back-off
    [InlineData(300)]     // in the retry
    public void Place_is_free_again_when_the_caller_goes(double gone)
    {
        var mesh = new TestMesh(Capped(1));
        mesh.Upstream.Plays(attempt => attempt.Request.Key == 1 && attempt.Number > 0 ? Step.Silence : attempt.Number == 0 ? Step.Answer(503) : Step.Answer());
        mesh.Call().GivingUp(gone);
        var next = mesh.Call(at: 1000);
        mesh.Run();
        Assert.Equal(200, next.Response.Status);
    }

    [Fact]
    public void Budget_goes_on_in_a_newer_policy_that_says_the_same()
    {
        var mesh = new TestMesh(Capped(1));
        mesh.Upstream.Plays(Step.Answer(503), Step.Answer());
        mesh.Call();
        mesh.At(10.5, () => mesh.Apply(Capped(1) with { Retries = OnServerErrors with { } }));
        var next = mesh.Call(at: 1);   // fails while the first waits for its retry
        mesh.Run();
        Assert.Equal(503, next.Response.Status);   // the place is still taken
    }

    [Fact]
    public void Budgets_of_policies_that_are_gone_are_forgotten()
    {
        var mesh = new TestMesh(Capped(1));
        mesh.Upstream.Plays(Step.Answer(503), Step.Answer());
        for (int i = 0; i < 100; i++)
        {
            int n = i;
            mesh.At(1000 * n + 500, () => mesh.Apply(new PolicyConfig { Retries = OnServerErrors with { MaxBodyBytes = n } }));
            mesh.Call(at: 1000 * n);
        }
        mesh.Run();
        Assert.InRange(mesh.State.Repeats.Budgets, 0, 1);
    }

    /// <summary>From the moment that a retry is scheduled until its attempt has ended, counted from the events.</summary>
    [Fact]
    public void Retries_under_way_never_exceed_the_cap_and_leave_nothing_behind() =>
        Gen.Select(Gen.Int[0, 3], Gen.Select(Gen.Double[1, 1000], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Double[0, 400]).Array[1, 100]).Sample((cap, calls) =>
        {
            var mesh = new TestMesh(Capped(cap) with { Timeout = TimeSpan.FromMilliseconds(500) });
            mesh.Upstream.Plays(attempt => attempt.Request.Key >= 100_000 ? Step.Answer(503)
                : attempt.Number < calls[(int)attempt.Request.Key].Item2 ? Step.Answer(503, after: 20) : Step.Answer(after: 20));
            for (int i = 0; i < calls.Length; i++)
            {
                var call = mesh.Call(calls[i].Item1, (ulong)i);
                if (calls[i].Item3 == 0) call.GivingUp(calls[i].Item1 + calls[i].Item4);
            }
            var retrying = new HashSet<ulong>();
            mesh.Watch = e =>
            {
                if (e.Kind == MeshEventKind.RetryScheduled) Assert.True(retrying.Add(e.Request) && retrying.Count <= cap, $"{retrying.Count} retries under a cap of {cap}");
                else if (e.Kind == MeshEventKind.RequestEnded || (e.Kind == MeshEventKind.AttemptEnded && e.Attempt > 0)) retrying.Remove(e.Request);
            };
            mesh.Run(until: 10_000);
            var later = Enumerable.Range(0, cap + 1).Select(i => mesh.Call(at: 20_000, key: 100_000 + (ulong)i)).ToArray();
            mesh.Run(until: 30_000);
            Assert.Equal(cap, later.Count(call => call.Response.Flags == URX));
            Assert.Single(later, call => call.Response.Flags == UO);
        }, iter: 100);

    [Fact]
    public void Windowed_budget_bounds_the_load_on_a_service_that_is_down()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { Attempts = 5, BackoffBase = TimeSpan.FromMilliseconds(1), Budget = new WindowedBudgetConfig { Ratio = 0.2, MinPerSecond = 0 } } });
        mesh.Upstream.Plays(Step.Answer(503));
        const int Requests = 2000;
        for (int i = 0; i < Requests; i++) mesh.Call(at: i * 2);
        mesh.Run();
        Assert.InRange(mesh.Upstream.Sent.Count, 1.15 * Requests, 1.2 * Requests);
    }

    [Fact]
    public void Retry_goes_to_an_endpoint_not_tried()
    {
        int Repeated(int avoid)
        {
            var mesh = new TestMesh(new() { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Random }, Retries = OnServerErrors with { AvoidTried = avoid } });
            mesh.Upstream.Plays(Step.Answer(503));
            for (int i = 0; i < 300; i++) mesh.Call();
            mesh.Run();
            return mesh.Upstream.Sent.GroupBy(sent => sent.Request).Count(tries => tries.Select(sent => sent.Endpoint).Distinct().Count() < 3);
        }

        Assert.InRange(Repeated(0), 200, 266);     // 1 - 2/9 of 300 on average
        Assert.InRange(Repeated(20), 0, 2);
    }

    [Theory]
    [InlineData(true, 1010, 1510)]
    [InlineData(false, 10, 110)]
    public void Retry_waits_as_long_as_the_answer_asks(bool honored, double from, double to)
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { HonorRetryAfter = honored } });
        var busy = Step.Answer(503);
        mesh.Upstream.Plays(busy with { Reply = busy.Reply with { RetryAfter = TimeSpan.TicksPerSecond } }, Step.Answer());
        mesh.Call();
        mesh.Run();
        Assert.InRange(mesh.Upstream.Sent[1].At, TestMesh.Ticks(from), TestMesh.Ticks(to));
    }

    [Theory]
    [InlineData("POST", 100, true, 1)]
    [InlineData("POST", 100, false, 3)]
    [InlineData("PUT", 100, true, 3)]
    [InlineData("POST", 70_000, false, 1)]
    public void Request_that_cannot_be_repeated_is_not(string method, long body, bool idempotentOnly, int sent)
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { IdempotentOnly = idempotentOnly } });
        mesh.Upstream.Plays(Step.Answer(503));
        var call = new Call(mesh, new MeshRequest { Class = new RequestClass(0, 0, "payments", "/pay"), Key = 1, Method = method, BodyBytes = body });
        mesh.At(0, call.Start);
        mesh.Run();
        Assert.Equal(sent, mesh.Upstream.Sent.Count);
        Assert.Equal(sent == 1 ? None : URX, call.Response.Flags);
    }
}
