using CsCheck;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

/// <summary>What holds for any history of answers, errors and silences of two sources.</summary>
public class DiscoveryModelTests
{
    private static readonly DiscoveryOptions Options = new()
    {
        StaleAfter = Seconds(5), ExpireAfter = Seconds(40), EmptyAfter = Seconds(4), MaxFlaps = 2, FlapWindow = Seconds(10), HoldTime = Seconds(3), MaxHoldTime = Seconds(12),
    };

    private enum Kind { Answer, Error, Stale, Synced }

    private static readonly Gen<(int Source, Kind Kind, int Endpoints, int Identity, int Pause)[]> Histories = Gen.Select(
        Gen.Int[0, 1],
        Gen.Frequency((12, Gen.Const(Kind.Answer)), (3, Gen.Const(Kind.Error)), (1, Gen.Const(Kind.Stale)), (2, Gen.Const(Kind.Synced))),
        Gen.Int[0, 63],
        Gen.Frequency((9, Gen.Const(0)), (1, Gen.Const(1))),
        Gen.Frequency((6, Gen.Const(0)), (6, Gen.Int[1, 3]), (1, Gen.Int[4, 60]))).Array[1, 60];

    [Fact]
    public void It_is_enough_to_look_when_something_is_due() => Histories.Sample(history =>
    {
        Assert.Equal(Run(history, everySecond: true), Run(history, everySecond: false));
    });

    [Fact]
    public void An_id_stands_for_one_address_and_identity_of_one_service_for_ever() => Histories.Sample(history =>
    {
        var owners = new Dictionary<int, (EndpointAddress?, string)>();
        Run(history, everySecond: false, seen: (endpoints, _) =>
        {
            Assert.Equal(endpoints.Count, endpoints.Select(endpoint => endpoint.Id).Distinct().Count());
            foreach (var endpoint in endpoints)
            {
                owners.TryAdd(endpoint.Id, (endpoint.Address, endpoint.Identity));
                Assert.Equal(owners[endpoint.Id], (endpoint.Address, endpoint.Identity));
            }
        });
    });

    [Fact]
    public void Endpoints_leave_all_at_once_only_after_the_grace_and_are_never_held_back_all() => Histories.Sample(history =>
    {
        long lastUsable = 0;
        Run(history, everySecond: true, seen: (endpoints, now) =>
        {
            if (endpoints.Count == 0) Assert.True(now - lastUsable >= Options.EmptyAfter.Ticks);
        }, usable: now => lastUsable = now);
    });

    /// <summary>Plays a history.</summary>
    /// <returns>What was told when.</returns>
    private static string Run((int Source, Kind Kind, int Endpoints, int Identity, int Pause)[] history, bool everySecond,
        Action<IReadOnlyList<Endpoint>, long>? seen = null, Action<long>? usable = null)
    {
        var state = new DiscoveryState(Options, new MeshDirectory());
        var log = new List<string>();
        var last = new IReadOnlyList<ObservedEndpoint>[] { [], [] };
        long now = 0;
        void Told(IReadOnlyList<ServiceEndpoints> changes)
        {
            if (last.Any(endpoints => endpoints.Count > 0) && state.Status(now) is [{ EmptySince: null }]) usable?.Invoke(now);
            foreach (var change in changes)
            {
                log.Add($"{now / TimeSpan.TicksPerSecond}: {string.Join(' ', change.Endpoints.Select(endpoint => $"{endpoint.Id}={endpoint.Address}"))}");
                seen?.Invoke(change.Endpoints, now);
            }
        }
        foreach (var (source, kind, endpoints, identity, pause) in history)
        {
            long then = now + Seconds(pause).Ticks;
            while (now < then)
            {
                long due = everySecond ? now + Seconds(1).Ticks : state.NextDue(now);
                if (due > then) break;
                now = Math.Max(due, now + 1);
                Told(state.Advance(now));
            }
            now = then;
            Told(state.Advance(now));
            string name = source == 0 ? "polled" : "watched";
            if (kind is Kind.Stale or Kind.Synced)
            {
                Told(state.Apply([], [new ProviderStatus("watched", kind == Kind.Stale ? ProviderState.Stale : ProviderState.Synced, now)], now));
                continue;
            }
            var named = Enumerable.Range(0, 6).Where(i => (endpoints >> i & 1) != 0).Select(i => Registry.Endpoint((char)('a' + i), identity == 0 || i > 1 ? "" : "other")).ToList();
            last[source] = named;
            Told(state.Apply([new ServiceObservation { Source = name, Service = "cart", Endpoints = named, TakenAt = now, ValidFor = source == 0 ? Seconds(6) : null, Error = kind == Kind.Error ? "broken" : null }], [], now));
        }
        return string.Join('\n', log);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
