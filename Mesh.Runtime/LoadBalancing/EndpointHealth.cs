namespace Mesh.Runtime.LoadBalancing;

/// <summary>What one proxy knows about an endpoint's health. Made only where a policy (ejection, accrual, health checks, slow start) uses it.</summary>
internal sealed class EndpointHealth
{
    /// <summary>Whether outlier detection or failure accrual keeps requests away for now.</summary>
    public bool Ejected { get; set; }

    /// <summary>Whether active health checks find it unhealthy.</summary>
    public bool Unhealthy { get; set; }

    /// <summary>When it joined or last became healthy, in ticks; 0 when it was there from the start. Slow start counts from here.</summary>
    public long HealthySince { get; set; }

    /// <summary>Whether requests go to it when the service is not in panic.</summary>
    public bool IsHealthy => !Ejected && !Unhealthy;
}
