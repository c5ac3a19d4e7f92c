using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>Where a listener's connections go.</summary>
internal interface ITcpRoute
{
    /// <summary>Opens a connection to the upstream of a client's connection. Never throws: what goes wrong is in the outcome.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="key">The connection's key, for draws; unique in the sidecar.</param>
    /// <param name="cancellation">Cancelled when the sidecar stops.</param>
    ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation);
}

/// <summary>What became of opening an upstream connection.</summary>
internal sealed record TcpOpening
{
    /// <summary>The open connection; <c>null</c> where there is none.</summary>
    public TcpDial? Dial { get; init; }

    /// <summary>Why there is none: <c>UF</c>, <c>UO</c>, <c>UH</c>, <c>NR</c>; with <c>URX</c> when the last of several tries failed.</summary>
    public ResponseFlags Flags { get; init; }

    /// <summary>The same in words.</summary>
    public string? Failure { get; init; }

    /// <summary>Why the sidecar refused the connection itself, in Envoy's words; <c>null</c> where it did not.</summary>
    public string? Termination { get; init; }

    /// <summary>Tries made.</summary>
    public int Attempts { get; init; }

    /// <summary>Where the last try went, <c>host:port</c>.</summary>
    public string? UpstreamHost { get; init; }

    /// <summary>Who is called, as far as the mesh knows.</summary>
    public TcpPlace Callee { get; init; } = TcpPlace.Any;

    /// <summary>The same for telemetry.</summary>
    public WorkloadFacts Destination { get; init; } = WorkloadFacts.Unknown;

    /// <summary>Silence after which the connection is closed, in ticks; 0 for never.</summary>
    public long IdleTimeout { get; init; }

    /// <summary>Whether the hop is mutual TLS.</summary>
    public bool MutualTls { get; init; }

    /// <summary>Told once, when the open connection is over: why, and the bytes that the upstream and the client got.</summary>
    public Action<ResponseFlags, long, long>? Ended { get; init; }
}
