using System.Text;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Health.Live;

/// <summary>A connection, and bytes over it (Envoy's <c>tcp_health_check</c>). Each check opens its own, and closes it.</summary>
internal static class TcpProbe
{
    /// <summary>Bytes of an answer that are looked through at most.</summary>
    private const int MostAnswer = 64 * 1024;

    public static async Task<CheckResult> AskAsync(ProbeWay way, Endpoint endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        using var dial = await way.Dialer.DialAsync(endpoint.Address!, endpoint, cancellation).ConfigureAwait(false);
        if (config.Send.Length > 0) await dial.Stream.WriteAsync(Encoding.UTF8.GetBytes(config.Send), cancellation).ConfigureAwait(false);
        if (config.Receive.Length == 0) return CheckResult.Passed;

        byte[] wanted = Encoding.UTF8.GetBytes(config.Receive), answer = new byte[1024];
        int length = 0;
        while (length < MostAnswer)
        {
            if (length == answer.Length) Array.Resize(ref answer, length * 2);
            int read = await dial.Stream.ReadAsync(answer.AsMemory(length), cancellation).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
            if (answer.AsSpan(0, length).IndexOf(wanted) >= 0) return CheckResult.Passed;
        }
        return CheckResult.NoAnswer;   // as in Envoy: what does not match yet is waited for, and a closed connection is a failed one
    }
}
