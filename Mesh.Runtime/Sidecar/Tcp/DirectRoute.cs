using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>One address, whatever the mesh thinks of it: the application behind its own sidecar, or an address outside the mesh.</summary>
internal sealed class DirectRoute(TcpDialer dialer, TcpFaultTable faults, TimeProvider time, EndpointAddress address) : ITcpRoute
{
    /// <summary>Who calls. Default: anybody.</summary>
    public TcpPlace Caller { get; init; } = TcpPlace.Any;

    /// <summary>Who is called. Default: somebody whom no fault means by name.</summary>
    public TcpPlace Callee { get; init; } = TcpPlace.Any;

    /// <summary>The same for telemetry.</summary>
    public WorkloadFacts Destination { get; init; } = WorkloadFacts.Unknown;

    /// <summary>How long a try takes at most. Default 5 s (Envoy's <c>connect_timeout</c>).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a connection is closed. Default 1 h (Envoy's <c>idle_timeout</c> of TCP).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public async ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation)
    {
        var (dial, failure) = await TcpAttempt.DialAsync(dialer, faults, time, new TcpAttempt(address, null, Caller, Callee, key, ConnectTimeout), cancellation).ConfigureAwait(false);
        return new TcpOpening
        {
            Dial = dial, Failure = failure, Flags = dial is null ? ResponseFlags.UF : ResponseFlags.None, Attempts = 1, UpstreamHost = address.ToString(),
            Callee = Callee, Destination = Destination, IdleTimeout = IdleTimeout.Ticks, MutualTls = dial?.MutualTls ?? false,
        };
    }
}
