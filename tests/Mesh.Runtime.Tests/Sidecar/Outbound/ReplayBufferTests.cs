using System.Runtime.InteropServices;
using CsCheck;
using Mesh.Runtime.Sidecar.Outbound;

namespace Mesh.Runtime.Tests.Sidecar.Outbound;

public class ReplayBufferTests
{
    private const int Limit = 64 * 1024;

    /// <summary>Against a plain list: what is kept, where it begins, and that it never exceeds its bound.</summary>
    [Fact]
    public void It_keeps_what_came_until_it_is_told_to_drop_it() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 100_000]).Array[1, 40].Sample(steps =>
    {
        var buffer = new ReplayBuffer(Limit);
        var all = new List<byte>();
        byte next = 0;
        foreach (var (kind, size) in steps)
        {
            if (kind == 0)
            {
                byte[] bytes = new byte[size];
                for (int i = 0; i < size; i++) bytes[i] = (byte)(next + i);
                int room = (int)Math.Min(size, Limit - (buffer.End - buffer.Start));
                int taken = 0;
                while (taken < size && !buffer.IsFull) taken += buffer.Append(bytes.AsSpan(taken));
                Assert.Equal(room, taken);
                all.AddRange(bytes.AsSpan(0, taken));
                next += (byte)taken;
            }
            else if (kind == 1)
            {
                buffer.DropTo(buffer.Start + (size % (buffer.End - buffer.Start + 1)));
            }
            Assert.Equal(all.Count, buffer.End);
            Assert.InRange(buffer.End - buffer.Start, 0, Limit);
            Assert.True(CollectionsMarshal.AsSpan(all)[(int)buffer.Start..].SequenceEqual(buffer.ToArray()));
        }
        buffer.Release();
        Assert.Empty(buffer.ToArray());
    }, iter: 200);
}
