using System.Net;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replica of a synthetic service, as it is to be served.</summary>
internal sealed record SyntheticServiceOptions
{
    /// <summary>The service.</summary>
    public required ServiceConfig Service { get; init; }

    /// <summary>The version that it runs.</summary>
    public required VersionConfig Version { get; init; }

    /// <summary>The replica's number within the version, from 0.</summary>
    public int Replica { get; init; }

    /// <summary>The replica's name, as the virtual world has it: <c>payments-v1-0</c>.</summary>
    public string Name => $"{Service.Name}-{Version.Name}-{Replica}";

    /// <summary>The seed that its draws follow from: the run's.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where it listens. Default a free port of 127.0.0.1.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>How long its end may wait for requests in progress. Default 5 s.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Whether a service wants traffic.</summary>
internal enum ServiceReadiness
{
    /// <summary>Yes.</summary>
    Ready,
    /// <summary>Not yet, or not for now.</summary>
    NotReady,
    /// <summary>It ends, and answers what it has taken.</summary>
    Draining,
}
