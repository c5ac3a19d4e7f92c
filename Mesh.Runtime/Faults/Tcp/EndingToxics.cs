using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>Bytes vanish; so much silence later the connection is closed, and at the latest when the fault ends.</summary>
internal sealed class TimeoutToxic(TimeoutToxicConfig config, long now) : Toxic
{
    private long _last = now;

    public override long Due => config.Timeout == TimeSpan.Zero ? long.MaxValue : _last + config.Timeout.Ticks;

    public override bool ClosesAtItsEnd => true;

    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws)
    {
        _last = at;
        return new ToxicVerdict(ToxicAction.Drop, bytes, at);
    }

    public override ToxicVerdict OnEnd(long at) => new(ToxicAction.Close, 0, at);
}

/// <summary>Whatever comes first, bytes or the end, sets off the reset; none of it gets through.</summary>
internal sealed class ResetPeerToxic(ResetPeerToxicConfig config) : Toxic
{
    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws) => new(ToxicAction.Reset, bytes, at + config.Timeout.Ticks);

    public override ToxicVerdict OnEnd(long at) => new(ToxicAction.Reset, 0, at + config.Timeout.Ticks);
}

/// <summary>So many bytes get through, and not one more; the connection is closed with the last of them.</summary>
internal sealed class LimitDataToxic(LimitDataToxicConfig config) : Toxic
{
    private long _left = config.Bytes;

    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws)
    {
        int passed = (int)Math.Min(bytes, _left);
        _left -= passed;
        return _left == 0 ? new ToxicVerdict(ToxicAction.Close, passed, at) : new ToxicVerdict(ToxicAction.Deliver, passed, at);
    }
}
