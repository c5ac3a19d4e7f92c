using CsCheck;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>Thousands of requests of every fate, overlapping, over pooled objects, under random policies.</summary>
public class RandomTrafficTests
{
    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 9], Gen.Double[0, 40], Gen.Double[0, 40]).Select((kind, after, body) => kind switch
    {
        0 => Step.Silence,
        1 => Step.Reset(after),
        2 => Step.ConnectFailure(after: 0),
        3 => Step.Answer(503, after),
        4 => Step.Answer(503, after).WithBody(body),
        5 => Step.Answer(200, after).BreakingOff(body),
        6 => Step.Answer(200, after: 0),
        7 => Step.Answer(200, after: 0).WithBody(body),
        8 => Step.Answer(200, after).WithBody(body),
        _ => Step.Answer(200, after),
    });

    /// <summary>When it starts, what its attempts meet, and when its caller gives up.</summary>
    private static readonly Gen<Fate> Fates = Gen.Select(Gen.Double[1, 2000], Steps.Array[4], Gen.Int[0, 3], Gen.Double[0, 60])
        .Select((at, steps, gives, after) => new Fate(at, steps, gives == 0 ? at + after : null));

    private static readonly Gen<(PolicyConfig Policy, Fate[] Fates, int Replicas)> Runs =
        Gen.Select(RandomPolicies.Common, Fates.Array[1, 300], Gen.Int[1, 4]);

    private static readonly Gen<(PolicyConfig Policy, FaultConfig[] Faults, Fate[] Fates, int Replicas)> AllRuns =
        Gen.Select(RandomPolicies.All, RandomPolicies.Faults, Fates.Array[1, 300], Gen.Int[1, 4]);

    private static TestMesh Run(PolicyConfig policy, Fate[] fates, int replicas, bool swaps = false, params FaultConfig[] faults)
    {
        var mesh = new TestMesh(policy, replicas);
        foreach (var fault in faults) mesh.Plane.Faults.Begin(fault, 0, new FaultSpan(TestMesh.Ticks(200), TestMesh.Ticks(1500)));
        for (int i = 0; swaps && i < 20; i++)
        {
            int n = i;
            mesh.At(100 * n, () => mesh.Apply(policy, [.. Enumerable.Range(n % replicas, 1 + n % 2)]));
        }
        Play(mesh, fates);
        return mesh;
    }

    private static void Play(TestMesh mesh, Fate[] fates)
    {
        mesh.Upstream.Plays(attempt => fates[attempt.Request.Key % (ulong)fates.Length].Steps[attempt.Number % 4]);   // a copy's key is any number
        for (int i = 0; i < fates.Length; i++)
        {
            var call = mesh.Call(fates[i].At, key: (ulong)i);
            if (fates[i].GivesUp is { } at) call.GivingUp(at);
        }
        mesh.Run(until: 10_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Everything_that_starts_ends_once_and_leaves_nothing_behind(bool swaps) => Runs.Sample(run =>
        AssertAllEnded(Run(run.Policy, run.Fates, run.Replicas, swaps), run.Fates.Length, run.Replicas), iter: 60 * Stress.Factor);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Everything_ends_once_under_budgets_faults_copies_and_ejections_too(bool swaps) => AllRuns.Sample(run =>
        AssertAllEnded(Run(run.Policy, run.Fates, run.Replicas, swaps, run.Faults), run.Fates.Length, run.Replicas), iter: 150 * Stress.Factor);

    [Fact]
    public void Same_traffic_gives_the_same_events_under_all_policies() => AllRuns.Sample(run =>
        Assert.Equal(Run(run.Policy, run.Fates, run.Replicas, true, run.Faults).Events, Run(run.Policy, run.Fates, run.Replicas, true, run.Faults).Events), iter: 30);

    /// <summary>A try is repeated at most as often as the policy says, and beside each at most so many hedges run.</summary>
    [Fact]
    public void Attempts_stay_within_their_limit() => AllRuns.Sample(run =>
    {
        int retries = run.Policy.Retries!.Attempts;
        int most = run.Policy.Hedge switch
        {
            null or { OnPerTryTimeout: true } => 1 + retries,
            { } hedge => (1 + retries) * (1 + hedge.MaxExtra),
        };
        var mesh = Run(run.Policy, run.Fates, run.Replicas, false, run.Faults);
        Assert.All(mesh.Of(MeshEventKind.AttemptStarted), e => Assert.InRange(e.Attempt, 0, most - 1));
    }, iter: 60);

    private static void AssertAllEnded(TestMesh mesh, int requests, int replicas)
    {
        int[] all = [.. Enumerable.Range(0, requests)];
        Assert.Equal(all, mesh.Of(MeshEventKind.RequestStarted).Select(e => (int)e.Request).Order());
        Assert.Equal(all, mesh.Of(MeshEventKind.RequestEnded).Select(e => (int)e.Request).Order());
        Assert.Equal(Attempts(mesh, MeshEventKind.AttemptStarted), Attempts(mesh, MeshEventKind.AttemptEnded));
        Assert.All(mesh.Calls, call => Assert.NotNull(call.EndedAt));
        Assert.Equal(0, mesh.Upstream.Open);
        Assert.Equal(0, mesh.State.Repeats.RetriesHeld);
        var limits = mesh.State.Limits;
        Assert.Equal((0, 0), (limits.Requests, limits.Pending));
        int open = 0;
        for (int e = 0; e < replicas + 1; e++)
        {
            ref var state = ref mesh.State.Endpoints.GetOrAdd(e);
            Assert.Equal(0, state.InFlight);
            open += state.Connections?.Open ?? 0;
        }
        Assert.Equal(open, limits.Connections);
    }

    [Fact]
    public void Answer_is_of_the_request_s_own_making() => Runs.Sample(run =>
    {
        var mesh = Run(run.Policy, run.Fates, run.Replicas);
        var ended = mesh.Of(MeshEventKind.RequestEnded).ToDictionary(e => e.Request);
        var sent = mesh.Upstream.Sent.ToLookup(s => s.Request);
        foreach (var call in mesh.Calls)
        {
            var fate = run.Fates[call.Key];
            var e = ended[call.Key];
            Assert.Equal(TestMesh.Ticks(call.EndedAt!.Value), e.At);
            Assert.Equal(call.Whole ? call.Response.Status : 0, e.Outcome);
            Assert.True(e.Flags.HasFlag(call.Response.Flags), $"{e.Flags} does not say {call.Response.Flags}.");
            Assert.InRange(call.EndedAt.Value - fate.At, -0.001, 60.001);
            if (fate.GivesUp is { } gone) Assert.True(call.EndedAt <= Math.Max(gone, fate.At) + 0.001, "A caller that gave up is kept waiting.");
            var failures = mesh.Of(MeshEventKind.RetryScheduled).Where(r => r.Request == call.Key).ToArray();
            Assert.Equal(failures.Select(r => r.At).FirstOrDefault(), e.FirstFailure);
            if (e.Flags.HasFlag(ResponseFlags.URX)) Assert.Equal(run.Policy.Retries!.Attempts, failures.Length);
            if (call.Response.Status == 200)
            {
                Assert.Equal(ResponseFlags.None, call.Response.Flags);
                var last = sent[call.Key].Last();
                Assert.Equal(200, fate.Steps[last.Number].Reply.Status);
                Assert.Equal(last.At + TestMesh.Ticks(fate.Steps[last.Number].After), TestMesh.Ticks(call.AnsweredAt!.Value));
            }
        }
    }, iter: 60);

    /// <summary>The cap on connections is soft: each endpoint without any may open one.</summary>
    [Fact]
    public void Caps_hold_at_every_event() => Runs.Sample(run =>
    {
        var mesh = new TestMesh(run.Policy, run.Replicas);
        var caps = run.Policy.Limits!;
        mesh.Watch = _ =>
        {
            if (mesh.Outbound.Service(0)?.Limits is not { } limits) return;
            Assert.InRange(limits.Requests, 0, caps.MaxRequests!.Value);
            Assert.InRange(limits.Pending, 0, caps.MaxPendingRequests!.Value);
            Assert.InRange(limits.Connections, 0, caps.MaxConnections!.Value + run.Replicas - 1);
            Assert.True(limits.Pending <= limits.Requests, "Who waits was admitted.");
        };
        Play(mesh, run.Fates);
        Assert.NotEmpty(mesh.Events);
    }, iter: 60);

    [Fact]
    public void Same_traffic_gives_the_same_events() => Runs.Sample(run =>
        Assert.Equal(Run(run.Policy, run.Fates, run.Replicas, swaps: true).Events, Run(run.Policy, run.Fates, run.Replicas, swaps: true).Events), iter: 20);

    [Fact]
    public void Events_of_a_request_come_in_order() => Runs.Sample(run =>
    {
        var mesh = Run(run.Policy, run.Fates, run.Replicas);
        foreach (var request in mesh.Events.Where(e => e.Class == 0 && e.Kind != MeshEventKind.BreakerChanged).GroupBy(e => e.Request))
        {
            string story = string.Concat(request.Select(e => e.Kind switch
            {
                MeshEventKind.RequestStarted => '[',
                MeshEventKind.AttemptStarted => '(',
                MeshEventKind.ConnectionOpened => '+',
                MeshEventKind.AttemptEnded => ')',
                MeshEventKind.RetryScheduled => '~',
                MeshEventKind.RequestEnded => ']',
                _ => '?',
            }));
            Assert.Matches(@"^\[(\(\+?\)~)*(\(\+?\))?\]$", story);
        }
    }, iter: 60);

    private static IEnumerable<(ulong, int, int)> Attempts(TestMesh mesh, MeshEventKind kind) =>
        mesh.Of(kind).Select(e => (e.Request, e.Attempt, e.Endpoint)).Order();

    private sealed record Fate(double At, Step[] Steps, double? GivesUp);
}
