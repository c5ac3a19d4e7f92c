using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// Active health checks over the modelled network: a message there and one back. They meet neither the replica's queue nor its workers, so that a slow replica passes them;
/// one that stands still does not answer, and one that is down refuses. The first check of a pair pays for its connection, which later ones use again.
/// </summary>
internal sealed class VirtualProbe(VirtualNetwork network) : IHealthProbe
{
    private const int FirstDraw = 16;   // the checker's own draws under the same key come before

    public ValueTask<CheckResult> ProbeAsync(int proxyId, Endpoint endpoint, HealthCheckConfig config, int number, CancellationToken cancellation)
    {
        var caller = network.FindProxy(proxyId)!;
        if (!caller.IsUp || caller.StandsStill) return ValueTask.FromResult(CheckResult.NotMade);
        if (network.FindEndpoint(endpoint.Id) is not { } callee) return ValueTask.FromResult(CheckResult.NoAnswer);
        return new ValueTask<CheckResult>(new Check(network, caller, callee, config, Key(proxyId, endpoint.Id), number).Run(cancellation));
    }

    private static ulong Key(int proxy, int endpoint) => (ulong)(uint)proxy << 32 | (uint)endpoint;

    /// <summary>One check under way.</summary>
    private sealed class Check(VirtualNetwork network, NetworkNode caller, NetworkNode callee, HealthCheckConfig config, ulong key, int number) : SimEvent
    {
        private readonly TaskCompletionSource<CheckResult> _result = new();
        private CheckResult? _answer;
        private int _draw = FirstDraw;

        public Task<CheckResult> Run(CancellationToken cancellation)
        {
            long now = network.Loop.Now;
            int roundTrips = number > 0 ? 0 : network.HandshakeRoundTrips;
            for (int i = 0; i < roundTrips; i++) now = Send(callee, caller, Send(caller, callee, now));
            network.Loop.Schedule(this, Send(caller, callee, now));
            cancellation.UnsafeRegister(static state => ((Check)state!).GiveUp(), this);
            return _result.Task;
        }

        protected internal override void Fire()
        {
            if (_answer is { } answer)
            {
                _result.TrySetResult(answer);
                return;
            }
            if (callee.StandsStill || (!callee.IsUp && !callee.Refuses)) return;   // until its time is up
            _answer = !callee.IsUp ? CheckResult.NoAnswer : config.Protocol != HealthCheckProtocol.Http || config.Expects(200) ? CheckResult.Passed : CheckResult.Failed;
            network.Loop.Schedule(this, Send(callee, caller, network.Loop.Now));
        }

        private void GiveUp()
        {
            if (_result.Task.IsCompleted) return;
            network.Loop.Cancel(this);
            _result.TrySetResult(CheckResult.NoAnswer);
        }

        private long Send(NetworkNode from, NetworkNode to, long now) =>
            network.Send(from.Place, to.Place, now, 0, Concern.HealthCheck, key, number, _draw++).First;
    }
}
