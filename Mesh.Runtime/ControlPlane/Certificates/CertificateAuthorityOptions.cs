namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>What an authority issues. Times are above 0.</summary>
public sealed record CertificateAuthorityOptions
{
    /// <summary>The trust domain that it speaks for. Default <c>cluster.local</c> (Istio).</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>How long a workload's certificate lives; never longer than the certificate that signs it. Default 24 h (Istio).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>By how much a certificate begins before it is issued, for clocks that go slow. Default 2 min (Istio).</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a root that the authority makes lives. Default 3,650 days (Istio).</summary>
    public TimeSpan RootLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>How long an intermediate that the authority makes lives; a new one signs once half of that is over. Default 365 days.</summary>
    public TimeSpan IntermediateLifetime { get; init; } = TimeSpan.FromDays(365);
}
