using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>A balancer's question to a callee's sidecar how busy it is, over the modelled network: it pays latency, bandwidth's queue and loss, and no connection, which is kept open. Pooled.</summary>
internal sealed class LoadProbe(VirtualNetwork network) : SimEvent
{
    private NetworkNode _caller = null!;
    private NetworkNode _callee = null!;
    private IProbeListener _listener = null!;
    private ProbeReport _report;
    private ulong _key;
    private int _endpoint;
    private bool _answered;

    public void Begin(NetworkNode caller, NetworkNode callee, int endpoint, ulong key, IProbeListener listener)
    {
        (_caller, _callee, _endpoint, _key, _listener, _answered) = (caller, callee, endpoint, key, listener, false);
        network.Loop.Schedule(this, Send(caller, callee, 0));
    }

    protected internal override void Fire()
    {
        if (_answered)
        {
            network.Return(this);
            _listener.Answered(_endpoint, _key, _report, network.Loop.Now);
            return;
        }
        if (!_callee.IsUp || _callee.StandsStill || _callee.Inbound is not { } inbound)
        {
            network.Return(this);
            return;
        }
        _answered = true;
        _report = inbound.Probe(network.Loop.Now);
        network.Loop.Schedule(this, Send(_callee, _caller, 1));
    }

    private long Send(NetworkNode from, NetworkNode to, int index) => network.Send(from.Place, to.Place, network.Loop.Now, 0, Concern.Probe, _key, 0, index).First;
}
