using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// What a <see cref="BodyFault"/> does to a body as it passes, chunk by chunk: how much of it goes on, when, and whether it breaks off. Sans IO.
/// </summary>
/// <param name="fault">The fault.</param>
/// <param name="length">Bytes of the whole body where its head said so; <c>null</c> where it did not: a body cut by share then ends within its first chunk.</param>
/// <param name="began">When the body began, in ticks.</param>
internal sealed class BodyPacer(BodyFault fault, long? length, long began)
{
    /// <summary>Ticks before a cut, in which what has passed leaves: Kestrel drops with the connection what it has not handed to the kernel yet, and does not say when it has.</summary>
    public const long TimeToLeave = TimeSpan.TicksPerSecond / 5;

    private readonly long _last = fault.TruncateAfter is { } share ? (long)((length ?? 0) * share) : long.MaxValue;
    private long _passed;

    /// <summary>Whether the content is damaged on the way.</summary>
    public bool Corrupts => fault.Corrupt;

    /// <summary>Whether the body is over before its end.</summary>
    public bool IsCut => _passed >= _last;

    /// <summary>How many of the bytes at hand may pass at once; a slow body comes in small pieces.</summary>
    public int Allowed(int available)
    {
        long most = fault.BytesPerSecond > 0 ? Math.Max(1, (long)(fault.BytesPerSecond / 20)) : long.MaxValue;
        return (int)Math.Min(available, Math.Min(most, _last - _passed));
    }

    /// <summary>Bytes are about to pass.</summary>
    /// <returns>Ticks to wait before they do.</returns>
    public long Pass(Span<byte> bytes, long now)
    {
        if (Corrupts)
        {
            for (int i = 0; i < bytes.Length; i++) bytes[i] ^= 0x55;
        }
        _passed += bytes.Length;
        if (fault.BytesPerSecond == 0) return 0;
        return Math.Max(0, began + (long)(_passed / fault.BytesPerSecond * TimeSpan.TicksPerSecond) - now);
    }
}
