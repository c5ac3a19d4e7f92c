using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Ejection that can take nobody, and ejection that can take all.</summary>
internal static class EjectionAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var service in advisor.World.Services)
        {
            int replicas = advisor.MostReplicas(service);
            if (replicas == 0) continue;
            var policy = advisor.World.Mesh.PolicyFor(service.Name);
            if (policy.OutlierDetection is { } detection) NeverEjects(advisor, service, detection, replicas);
            EjectsAll(advisor, service, policy, replicas);
        }
    }

    /// <summary>Envoy ejects one more only if the share of ejected hosts does not exceed the maximum with it.</summary>
    private static void NeverEjects(Advisor advisor, ServiceConfig service, OutlierDetectionConfig detection, int replicas)
    {
        if (detection.AlwaysEjectOneHost || 1.0 / replicas <= detection.MaxEjectionPercent) return;
        int enough = (int)Math.Ceiling(1 / Math.Max(detection.MaxEjectionPercent, 1e-6) - 1e-9);
        string more = detection.MaxEjectionPercent > 0 ? $", or have {enough} replicas" : "";
        advisor.WarnOf(service.Name, policy => policy.OutlierDetection, "outlierDetection",
            $"outlier detection never ejects a replica of '{service.Name}': {Notation.Percent(detection.MaxEjectionPercent)} of {replicas} is {Notation.Number(detection.MaxEjectionPercent * replicas)}, which Envoy cuts to 0. " +
            $"Set 'maxEjectionPercent' to {Math.Ceiling(100.0 / replicas - 1e-9):0}% or more, or 'alwaysEjectOneHost: true'{more}.");
    }

    /// <summary>Without a panic threshold nothing is left to call when every replica has been taken out.</summary>
    private static void EjectsAll(Advisor advisor, ServiceConfig service, PolicyConfig policy, int replicas)
    {
        if (policy.PanicThreshold is not 0) return;
        string? by = policy.OutlierDetection is { MaxEjectionPercent: >= 1 } ? "outlier detection with 'maxEjectionPercent: 100%'"
            : policy.FailureAccrual is not null ? "failure accrual, which has no limit,"
            : policy.HealthCheck is not null ? "active health checks"
            : null;
        if (by is null) return;
        advisor.WarnOf(service.Name, one => one.PanicThreshold, "panicThreshold",
            $"{by} can take out all {replicas} replica{(replicas == 1 ? "" : "s")} of '{service.Name}', and with 'panicThreshold: 0%' every request is then answered 503 UH. " +
            "One bad answer that all replicas share is enough for that; a threshold above 0% (Envoy's is 50%) sends to all again when too few are left.");
    }
}
