using CsCheck;
using Mesh.Runtime.Sidecar.Wire;

namespace Mesh.Runtime.Tests.Sidecar.Wire;

public class HeldBytesTests
{
    [Fact]
    public void First_in_is_first_out() => Gen.Select(Gen.Bool, Gen.Int[0, 300]).Array[1, 60].Sample(steps =>
    {
        var held = new HeldBytes();
        var model = new Queue<byte>();
        byte next = 0;
        foreach (var (adds, size) in steps)
        {
            if (adds)
            {
                byte[] bytes = [.. Enumerable.Range(0, size).Select(_ => next++)];
                held.Append(bytes);
                foreach (byte one in bytes) model.Enqueue(one);
            }
            else
            {
                byte[] taken = new byte[Math.Min(size, held.Count)];
                held.Take(taken);
                Assert.Equal(taken.Select(_ => model.Dequeue()), taken);
            }
            Assert.Equal(model.Count, held.Count);
        }
    });
}
