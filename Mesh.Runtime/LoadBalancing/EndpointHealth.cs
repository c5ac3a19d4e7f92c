using Mesh.Runtime.Health;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>What one proxy knows about an endpoint's health. Made only where a policy (ejection, accrual, health checks, slow start) uses it.</summary>
internal sealed class EndpointHealth
{
    /// <summary>Whether outlier detection keeps requests away for now.</summary>
    public bool Ejected { get; set; }

    /// <summary>Whether failure accrual keeps requests away for now; on probation false until its one request is under way.</summary>
    public bool Shut { get; set; }

    /// <summary>Whether active health checks find it unhealthy.</summary>
    public bool Unhealthy { get; set; }

    /// <summary>Whether active health checks find it degraded: it answers them, and says itself that others would be better.</summary>
    public bool Degraded { get; set; }

    /// <summary>When it joined or last became healthy, in ticks; 0 when it was there from the start. Slow start counts from here.</summary>
    public long HealthySince { get; set; }

    /// <summary>What outlier detection counts; <c>null</c> before the first answer, and where it is off.</summary>
    public OutlierHost? Outlier { get; set; }

    /// <summary>What failure accrual counts; <c>null</c> before the first answer, and where it is off.</summary>
    public AccrualEndpoint? Accrual { get; set; }

    /// <summary>Whether requests go to it when the service is not in panic.</summary>
    public bool IsHealthy => !Ejected && !Shut && !Unhealthy;
}
