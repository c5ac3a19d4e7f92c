namespace Mesh.Reports.Results;

/// <summary>What a service's own sidecars saw, in the measured time.</summary>
/// <param name="Name">The service.</param>
/// <param name="Served">Requests its application answered.</param>
/// <param name="Rejected">Of them, those answered with 503: no worker and no room to wait.</param>
/// <param name="Latency">In the service: from the hand-over to the application to its answer.</param>
/// <param name="Utilisation">Share of its workers that were busy in each time window, from the run's start; empty when the world did not say.</param>
public sealed record ServiceStats(string Name, long Served, long Rejected, LogHistogram Latency, IReadOnlyList<double> Utilisation);

/// <summary>What callers saw of one endpoint, in the measured time.</summary>
/// <param name="Service">The service that it serves.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version it runs.</param>
/// <param name="Zone">Its zone; may be empty.</param>
/// <param name="Attempts">Attempts sent to it.</param>
/// <param name="Failed">Of them, without a status of 1 to 499.</param>
/// <param name="MeanLatencySeconds">Mean latency of the attempts.</param>
public sealed record EndpointStats(string Service, string Name, string Version, string Zone, long Attempts, long Failed, double MeanLatencySeconds);

/// <summary>How busy one replica was, as the world that hosts it measured.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Name">Its name.</param>
/// <param name="Zone">Its zone; may be empty.</param>
/// <param name="Workers">Requests that it can work on at once.</param>
/// <param name="BusyFraction">Share of its workers that were busy on average, 0 to 1.</param>
/// <param name="MeanQueue">Requests that waited for a worker, on average.</param>
/// <param name="MaxQueue">The most that ever waited.</param>
/// <param name="Served">Requests it answered.</param>
/// <param name="Rejected">Requests it had no room for.</param>
public sealed record ReplicaUsage(
    string Service, string Name, string Zone, int Workers, double BusyFraction, double MeanQueue, int MaxQueue, long Served, long Rejected);

/// <summary>How busy a service's workers were over time.</summary>
/// <param name="Service">The service.</param>
/// <param name="Windows">The busy share, 0 to 1, in each time window from the run's start.</param>
public sealed record ServiceUtilisation(string Service, IReadOnlyList<double> Windows);
