using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>
/// Halves a chunk, about, and the halves again, until the pieces are no larger than the average size and its variation (Toxiproxy's recursion, with a stack:
/// the slices of a chunk come one by one).
/// </summary>
internal sealed class SlicerToxic(SlicerToxicConfig config) : Toxic
{
    private readonly Stack<int> _ends = new();   // of the pieces of the chunk under way, the nearest on top, in bytes before the chunk's end
    private long _free;

    public override ToxicVerdict OnData(int bytes, long at, ToxicDraws draws)
    {
        if (_ends.Count == 0) _ends.Push(0);
        while (bytes - _ends.Peek() - config.AverageSize > config.SizeVariation) _ends.Push(_ends.Peek() + Half(bytes - _ends.Peek(), draws));
        int slice = bytes - _ends.Pop();
        long leaves = Math.Max(_free, at);
        _free = leaves + config.Delay.Ticks;
        return new ToxicVerdict(ToxicAction.Deliver, slice, leaves);
    }

    /// <summary>Bytes of the later half of a piece; both halves have at least one.</summary>
    private int Half(int bytes, ToxicDraws draws) => (int)Math.Clamp(bytes - bytes / 2 - draws.Around(config.SizeVariation), 1, bytes - 1);
}
