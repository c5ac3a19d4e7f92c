namespace Mesh.Runtime.Model;

/// <summary>
/// A fault that sidecars inject into plain TCP connections: one of Toxiproxy's toxics, a refused connection, or a partition.
/// When it is in force is said to <see cref="Faults.Tcp.TcpFaultTable.Begin(TcpFaultConfig, TimeSpan)"/>.
/// </summary>
public sealed record TcpFaultConfig
{
    /// <summary>Its name, which its draws follow from: another fault beside it moves none of them.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public required ToxicConfig Toxic { get; init; }

    /// <summary>Whose bytes it hits. Default <see cref="TcpStream.Downstream"/> (Toxiproxy's). A partition goes by its places instead.</summary>
    public TcpStream Stream { get; init; } = TcpStream.Downstream;

    /// <summary>Share of the matching connections that it hits, 0 to 1, drawn once for each connection. Default 1.</summary>
    public double Toxicity { get; init; } = 1;

    /// <summary>Who opened the connection. Default: anybody.</summary>
    public TcpPlace From { get; init; } = TcpPlace.Any;

    /// <summary>Who is called. Default: anybody.</summary>
    public TcpPlace To { get; init; } = TcpPlace.Any;

    /// <summary>Everything that is wrong with it, in words; empty where nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Toxicity is not (>= 0 and <= 1)) yield return $"the toxicity {Toxicity} is outside the range; write 0 or more and at most 1.";
        if (Toxic is PartitionConfig && From == TcpPlace.Any && To == TcpPlace.Any) yield return "a partition of everything from everything; name a service or a zone in From or To.";
        foreach (string problem in Toxic.Problems()) yield return problem;
    }
}

/// <summary>A direction of a connection, in Toxiproxy's words.</summary>
public enum TcpStream
{
    /// <summary>From the client to the server.</summary>
    Upstream,

    /// <summary>From the server to the client.</summary>
    Downstream,
}

/// <summary>Where an end of a connection stands; what is <c>null</c> may be anything.</summary>
public sealed record TcpPlace
{
    /// <summary>Anywhere.</summary>
    public static TcpPlace Any { get; } = new();

    /// <summary>The service.</summary>
    public string? Service { get; init; }

    /// <summary>The version.</summary>
    public string? Version { get; init; }

    /// <summary>The zone.</summary>
    public string? Zone { get; init; }

    /// <summary>The replica's name.</summary>
    public string? Replica { get; init; }

    /// <summary>Where an endpoint stands.</summary>
    internal static TcpPlace Of(Endpoint endpoint) => new() { Service = endpoint.Service, Version = endpoint.Version, Zone = endpoint.Zone, Replica = endpoint.Name };

    /// <summary>Whether <paramref name="place"/> is meant.</summary>
    internal bool Holds(TcpPlace place) =>
        (Service is null || Service == place.Service) && (Version is null || Version == place.Version)
        && (Zone is null || Zone == place.Zone) && (Replica is null || Replica == place.Replica);
}
