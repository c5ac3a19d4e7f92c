using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Mesh.Runtime.Sidecar;

/// <summary>gRPC's own headers (gRPC over HTTP/2), and how plain HTTP answers look to a gRPC client.</summary>
internal static class GrpcHeaders
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";

    /// <summary>Whether a content type is gRPC's; gRPC-Web is plain HTTP to a proxy.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == 16 || contentType[16] is '+' or ';');

    /// <summary>The gRPC status that an HTTP status stands for where the answer is not gRPC's own (gRPC's mapping; Envoy's local replies).</summary>
    public static int FromHttp(int status) => status switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };

    /// <summary>The time in a header <c>grpc-timeout</c>, in ticks: at most eight digits and a unit; <c>null</c> where it is not one.</summary>
    public static long? ParseTimeout(string? text)
    {
        if (text is not { Length: >= 2 and <= 9 } || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value)) return null;
        return text[^1] switch
        {
            'H' => value * TimeSpan.TicksPerHour,
            'M' => value * TimeSpan.TicksPerMinute,
            'S' => value * TimeSpan.TicksPerSecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            'n' => value / 100,
            _ => null,
        };
    }

    /// <summary>A time as <c>grpc-timeout</c> has it.</summary>
    public static string FormatTimeout(long ticks) => ticks < 99_999_999 * TimeSpan.TicksPerMicrosecond
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, ticks / TimeSpan.TicksPerMicrosecond)}u")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(99_999_999, ticks / TimeSpan.TicksPerMillisecond)}m");

    /// <summary>The status in a header or trailer; <c>null</c> without one.</summary>
    public static int? Read(StringValues values) =>
        values.Count > 0 && int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : null;
}
