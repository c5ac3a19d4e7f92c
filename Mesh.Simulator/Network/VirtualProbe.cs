using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// Active health checks over the modelled network: a message there and one back. Unless the policy says so they meet neither the replica's queue nor its workers, so that a slow replica passes them;
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
        return new ValueTask<CheckResult>(new Check(network, caller, callee, endpoint, config, Key(proxyId, endpoint.Id), number).Run(cancellation));
    }

    private static ulong Key(int proxy, int endpoint) => (ulong)(uint)proxy << 32 | (uint)endpoint;

    /// <summary>One check under way.</summary>
    private sealed class Check(VirtualNetwork network, NetworkNode caller, NetworkNode callee, Endpoint endpoint, HealthCheckConfig config, ulong key, int number) : SimEvent
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
            if (!callee.IsUp) Answer(CheckResult.NoAnswer);
            else if (callee.Replica is { } replica && config.UsesWorkers) _ = HandleAsync(replica);
            else Answer(Judge(200, callee.Replica?.HeadersOf(config.Path) ?? []));
        }

        private async Task HandleAsync(VirtualReplica replica)
        {
            var request = new MeshRequest { Class = new RequestClass(-1, -1, endpoint.Service, config.Path), Key = key, Attempt = number };
            var reply = await replica.CheckAsync(request).ConfigureAwait(false);
            if (_result.Task.IsCompleted) return;   // too late
            Answer((reply.Flags & ResponseFlags.UC) != 0 ? CheckResult.NoAnswer : Judge(reply.Status, reply.Headers));
        }

        private CheckResult Judge(int status, IReadOnlyList<KeyValuePair<string, string>> headers) =>
            config.Protocol != HealthCheckProtocol.Http ? status == 200 ? CheckResult.Passed : CheckResult.Failed
            : !config.Expects(status) ? CheckResult.Failed
            : ReplyHeaders.SayDegraded(headers) ? CheckResult.Degraded : CheckResult.Passed;

        private void Answer(CheckResult answer)
        {
            _answer = answer;
            network.Loop.Schedule(this, Send(callee, caller, network.Loop.Now));
        }

        private void GiveUp()
        {
            if (_result.Task.IsCompleted) return;
            if (IsScheduled) network.Loop.Cancel(this);
            _result.TrySetResult(CheckResult.NoAnswer);
        }

        private long Send(NetworkNode from, NetworkNode to, long now) =>
            network.Send(from.Place, to.Place, now, 0, Concern.HealthCheck, key, number, _draw++).First;
    }
}
