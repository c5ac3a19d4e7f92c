using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Faults that test less, or hit more, than their author thinks.</summary>
internal static class FaultAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var plan in advisor.World.Faults)
        {
            if (plan.Effect is not MeshFaultEffect effect) continue;
            if (effect.Site == FaultSite.Request) Unseen(advisor, plan);
            if (effect.FirstRequests is null && LeansOnPercent(effect) && !advisor.IsWritten(plan, "percent"))
                advisor.Warn(plan, null, $"the fault '{plan.Name}' has no 'percent' and hits every request that matches. In Istio one without a percentage hits none; write 'percent: 100%' if all is meant.");
        }
    }

    /// <summary>An abort may have a share of its own.</summary>
    private static bool LeansOnPercent(MeshFaultEffect effect) => effect.Delay is not null || effect.Body is not null || effect is { Abort: not null, AbortPercent: null };

    /// <summary>The site before the retries is where Istio's own fault injection is: what stands behind it sees nothing of the fault.</summary>
    private static void Unseen(Advisor advisor, FaultPlanConfig plan)
    {
        if (plan.Target.Service is not { } service) return;
        var policies = advisor.Requests().Where(request => request.To == service).Select(request => request.Policy).Append(advisor.World.Mesh.PolicyFor(service)).ToList();
        string[] blind = [.. new (string Name, Func<PolicyConfig, bool> Has)[]
            {
                ("retries", policy => policy.Retries is { Attempts: > 0 }), ("hedge", policy => policy.Hedge is not null), ("timeout", policy => policy.Timeout is { Ticks: > 0 }),
                ("circuitBreaker", policy => policy.CircuitBreaker is not null), ("outlierDetection", policy => policy.OutlierDetection is not null),
                ("failureAccrual", policy => policy.FailureAccrual is not null),
            }.Where(one => policies.Exists(policy => one.Has(policy))).Select(one => $"'{one.Name}'")];
        if (blind.Length == 0) return;
        advisor.Warn(plan, "site", $"the fault '{plan.Name}' is injected at the site 'request', where Istio's is: before {string.Join(", ", blind)} of '{service}', which {(blind.Length == 1 ? "never sees it. With 'site: attempt' it does." : "never see it. With 'site: attempt' they do.")}");
    }
}
