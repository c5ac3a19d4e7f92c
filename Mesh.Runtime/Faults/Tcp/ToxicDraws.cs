using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>The draws of one toxic on one stream of one connection, one after the other.</summary>
/// <param name="random">The world's draws.</param>
/// <param name="key">The connection's key mixed with the fault's.</param>
/// <param name="stream">The stream.</param>
internal sealed class ToxicDraws(KeyedRandom random, ulong key, TcpStream stream)
{
    private int _index;

    /// <summary>The next 64 uniform bits.</summary>
    public ulong Next() => random.Bits(Concern.FaultDelay, key, (int)stream, _index++);

    /// <summary>A whole number from minus <paramref name="most"/> to below plus <paramref name="most"/>; 0 without a draw where that is 0.</summary>
    public long Around(long most) => most <= 0 ? 0 : (long)Math.BigMul(Next(), (ulong)most * 2, out _) - most;
}
