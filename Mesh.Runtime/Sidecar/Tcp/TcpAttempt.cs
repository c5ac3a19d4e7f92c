using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>One try to open a connection.</summary>
/// <param name="Address">Where to.</param>
/// <param name="Endpoint">Whom that is; <c>null</c> where the mesh does not know.</param>
/// <param name="Caller">Who calls.</param>
/// <param name="Callee">Who is called.</param>
/// <param name="Key">The client connection's key, for draws.</param>
/// <param name="Timeout">How long it takes at most, TLS included.</param>
internal sealed record TcpAttempt(EndpointAddress Address, Endpoint? Endpoint, TcpPlace Caller, TcpPlace Callee, ulong Key, TimeSpan Timeout)
{
    /// <summary>Makes the try, under the faults in force: a refusal fails it at once, a partition when its time is up.</summary>
    /// <returns>The connection, or in words why there is none.</returns>
    public static async ValueTask<(TcpDial? Dial, string? Failure)> DialAsync(TcpDialer dialer, TcpFaultTable faults, TimeProvider time, TcpAttempt attempt, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(attempt.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            switch (faults.FindBlock(attempt.Caller, attempt.Callee, attempt.Key))
            {
                case { Config.Toxic: RefuseToxicConfig } refusal:
                    return (null, $"connection refused by the fault '{refusal.Config.Name}'");
                case not null:
                    await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, time, both.Token).ConfigureAwait(false);
                    break;
            }
            return (await dialer.DialAsync(attempt.Address, attempt.Endpoint, both.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException)
        {
            return (null, cancellation.IsCancellationRequested ? "given up" : $"no connection within {attempt.Timeout.TotalMilliseconds:0} ms");
        }
        catch (IOException e)
        {
            return (null, e.Message);
        }
    }
}
