using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Picks the endpoint for an attempt. A decision without clock or thread of its own: it is called under its service's lock,
/// with the time and with draws that belong to the attempt. An algorithm of your own implements this and is registered with <see cref="LoadBalancers.Register"/>.
/// </summary>
public interface ILoadBalancer
{
    /// <summary>
    /// The candidates changed: an endpoint came, went, was ejected or readmitted. Called before the first pick; tables are built here, not in <see cref="Pick"/>.
    /// What was learned about endpoints that stay is kept: it is in <see cref="EndpointStates"/>.
    /// </summary>
    /// <param name="members">The candidates, at least one, in order of their ids. Not changed later.</param>
    void Update(Endpoint[] members) { }

    /// <summary>The index of the picked endpoint among the members. The pick may be turned down (an endpoint tried before) and another asked for.</summary>
    /// <param name="members">The members of the last <see cref="Update"/>.</param>
    /// <param name="states">What this proxy knows about them.</param>
    /// <param name="request">What the attempt is for.</param>
    /// <param name="draws">The attempt's own draws.</param>
    int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws);

    /// <summary>
    /// An attempt no longer counts at its endpoint. Called for every attempt that was counted there, those refused before they were sent too,
    /// and before <see cref="Ended"/>. The endpoint need not be a member.
    /// </summary>
    /// <param name="endpoint">The endpoint's id.</param>
    /// <param name="inFlight">Attempts that are left there.</param>
    void Released(int endpoint, int inFlight) { }

    /// <summary>An attempt that reached its endpoint is over. Its endpoint's <see cref="EndpointState.InFlight"/> no longer counts it.</summary>
    /// <param name="endpoint">The endpoint's id.</param>
    /// <param name="state">What this proxy knows about the endpoint.</param>
    /// <param name="sample">How it went.</param>
    void Ended(int endpoint, ref EndpointState state, in AttemptSample sample) { }
}

/// <summary>What a pick is for.</summary>
/// <param name="Now">The time in ticks.</param>
/// <param name="Attempt">Which pick it is for the same attempt, from 0: more after an endpoint was picked that had been tried before (Envoy's host selection attempts).</param>
/// <param name="Hash">The request's affinity hash, where <paramref name="HasHash"/>.</param>
/// <param name="HasHash">Whether the request has what the policy hashes by; without it, a drawn hash is used.</param>
/// <param name="Weights">The weights of the moment, while they differ from the configured ones (slow start); <c>null</c>: <see cref="Endpoint.Weight"/>.</param>
public readonly record struct PickRequest(long Now, int Attempt = 0, ulong Hash = 0, bool HasHash = false, IWeights? Weights = null);

/// <summary>The endpoints' weights of the moment, for balancers that go by weight.</summary>
public interface IWeights
{
    /// <summary>The endpoint's weight, above 0: its configured weight times what slow start leaves of it.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="now">The time in ticks.</param>
    double WeightOf(Endpoint endpoint, long now);
}

/// <summary>How an attempt went, for what learns from attempts: balancers, ejection, limits.</summary>
/// <param name="Now">The time in ticks at its end.</param>
/// <param name="Duration">Ticks since it began, its body included.</param>
/// <param name="Status">The HTTP status; 0 when it was given up.</param>
/// <param name="GrpcStatus">The gRPC status of the headers, or -1.</param>
/// <param name="Flags">Why.</param>
/// <param name="RetryAfter">Ticks that the endpoint asked to be left alone, or 0.</param>
public readonly record struct AttemptSample(long Now, long Duration, int Status, int GrpcStatus, Telemetry.ResponseFlags Flags, long RetryAfter);
