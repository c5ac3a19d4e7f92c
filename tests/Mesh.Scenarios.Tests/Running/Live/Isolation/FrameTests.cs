using System.Runtime.CompilerServices;
using CsCheck;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Running.Live.Isolation;

namespace Mesh.Scenarios.Tests.Running.Live.Isolation;

/// <summary>What goes over the pipes of an isolated world comes out as it went in, and what is no frame is an error.</summary>
public sealed class FrameTests
{
    private static readonly Gen<(FrameKind Kind, byte[] Content)[]> Frames =
        Gen.Select(Gen.Int[1, 3].Select(kind => (FrameKind)kind), Gen.Byte.Array[0, 20_000]).Array[0, 20];

    [Fact]
    public void Frames_come_out_as_they_went_in_however_the_pipe_cuts_them() => Gen.Select(Frames, Gen.Int[1, 4000]).Sample((frames, piece) =>
    {
        var reader = new FrameReader(new Pieces([.. frames.SelectMany(frame => Frame.Encode(frame.Kind, frame.Content))], piece));
        foreach (var (kind, content) in frames)
        {
            Assert.True(reader.TryRead(out var read, out var bytes));
            Assert.Equal(kind, read);
            Assert.True(bytes.SequenceEqual(content));
        }
        Assert.False(reader.TryRead(out _, out _));
    }, iter: 300);

    [Fact]
    public void A_pipe_that_ends_within_a_frame_is_an_error() => Gen.Select(Gen.Byte.Array[1, 200], Gen.Double[0, 1]).Sample((content, share) =>
    {
        byte[] frame = Frame.Encode(FrameKind.Message, content);
        int kept = Math.Clamp((int)(share * frame.Length), 1, frame.Length - 1);
        Assert.Throws<EndOfStreamException>(() => new FrameReader(new MemoryStream(frame[..kept])).TryRead(out _, out _));
    }, iter: 300);

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 4, 1 }, "67108864 bytes; 67108864 are allowed", false)]   // as many as allowed: only the rest is missing
    [InlineData(new byte[] { 1, 0, 0, 4, 1 }, "67108865 bytes; 67108864 are allowed", true)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 1 }, "-1 bytes", true)]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "kind 0", true)]
    [InlineData(new byte[] { (byte)'H', (byte)'e', (byte)'l', (byte)'l', (byte)'o' }, "Something else was written", true)]
    public void What_is_no_frame_is_an_error(byte[] bytes, string message, bool isWrong)
    {
        var reader = new FrameReader(new MemoryStream(bytes));
        if (isWrong) Assert.Contains(message, Assert.Throws<InvalidDataException>(() => reader.TryRead(out _, out _)).Message, StringComparison.Ordinal);
        else Assert.Throws<EndOfStreamException>(() => reader.TryRead(out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"is\":\"nothing\"}")]
    [InlineData("{\"is\":\"counted\",\"Count\":7}")]
    public void What_is_no_message_is_an_error(string text) => Assert.Throws<InvalidDataException>(() => Message.Read(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void What_people_write_to_a_process_ends_it() =>
        Assert.Throws<InvalidDataException>(() => IsolatedChild.Run(new MemoryStream("hello, what are you?"u8.ToArray()), Stream.Null));

    [Fact]
    public void Decisions_come_out_as_they_went_in()
    {
        MeshEvent[] events = [.. Enumerable.Range(0, 1000).Select(i => new MeshEvent { At = i * 7L, Kind = MeshEventKind.AttemptEnded, Proxy = i, Request = (ulong)i << 40, Flags = ResponseFlags.UF, Endpoint = -1, Bytes = long.MaxValue - i })];
        Assert.Equal(events, EventBytes.Read(EventBytes.Write(events)).ToArray());
        Assert.Throws<InvalidDataException>(() => EventBytes.Read(new byte[Unsafe.SizeOf<MeshEvent>() + 1]));
    }

    /// <summary>A pipe that gives a few bytes at a time.</summary>
    private sealed class Pieces(byte[] content, int piece) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);
    }
}
