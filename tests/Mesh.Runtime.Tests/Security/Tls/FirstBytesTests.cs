using System.Buffers;
using CsCheck;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.Tests.Security.Tls;

public class FirstBytesTests
{
    private static readonly byte[] Hello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];

    [Fact]
    public void Hello_is_known_by_its_sixth_byte_and_not_before()
    {
        for (int length = 0; length < 6; length++) Assert.Equal(Opening.Unknown, FirstBytes.Classify(new ReadOnlySequence<byte>(Hello, 0, length)));
        Assert.Equal(Opening.Tls, FirstBytes.Classify(new ReadOnlySequence<byte>(Hello, 0, 6)));
        Assert.Equal(Opening.Tls, FirstBytes.Classify(new ReadOnlySequence<byte>(Hello)));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("PRI * HTTP/2.0")]
    [InlineData("\u0016\u0001")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0002")]   // a handshake record, but not a client's hello
    public void Anything_else_is_plain_text_at_once(string text) =>
        Assert.Equal(Opening.PlainText, FirstBytes.Classify(new ReadOnlySequence<byte>([.. text.Select(letter => (byte)letter)])));

    [Fact]
    public void Verdict_never_changes_as_more_arrives() => Gen.Byte.Array[0, 12].Select(Gen.Bool).Sample((bytes, hello) =>
    {
        byte[] all = hello ? [.. Hello, .. bytes] : bytes;
        var last = Opening.Unknown;
        for (int length = 0; length <= all.Length; length++)
        {
            var now = FirstBytes.Classify(new ReadOnlySequence<byte>(all, 0, length));
            if (last != Opening.Unknown) Assert.Equal(last, now);
            last = now;
        }
    });
}
