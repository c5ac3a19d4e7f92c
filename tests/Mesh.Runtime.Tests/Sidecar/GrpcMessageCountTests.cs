using System.Buffers.Binary;
using CsCheck;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.Tests.Sidecar;

public class GrpcMessageCountTests
{
    [Fact]
    public void Messages_are_counted_however_their_bytes_are_cut() =>
        Gen.Select(Gen.Int[0, 70_000].Array[0, 6], Gen.Int[1, 9].Array[1, 40]).Sample((sizes, cuts) =>
        {
            byte[] body = [.. sizes.SelectMany(Message)];
            var count = new GrpcMessageCount();
            for (int at = 0, i = 0; at < body.Length; i++)
            {
                int length = Math.Min(cuts[i % cuts.Length] * (i % 7 == 6 ? 10_000 : 1), body.Length - at);
                count.Add(body.AsSpan(at, length));
                at += length;
            }
            return count.Messages == sizes.Length;
        }, iter: 300);

    [Fact]
    public void Length_that_lies_counts_no_message_that_is_not_there()
    {
        var count = new GrpcMessageCount();
        count.Add([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
        count.Add(new byte[100_000]);
        Assert.Equal(1, count.Messages);
    }

    private static byte[] Message(int size)
    {
        byte[] message = new byte[5 + size];
        message[0] = (byte)(size % 2);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), (uint)size);
        message.AsSpan(5).Fill(0xee);
        return message;
    }
}
