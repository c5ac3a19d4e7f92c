namespace Mesh.Scenarios.Language.Checks;

/// <summary>Retries without a budget multiply the load on a service just when it fails.</summary>
internal static class BudgetAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            if (written.Retries is not { Attempts: > 0, Budget: null } retries || effective.Limits?.MaxRetries is not null) continue;
            advisor.Warn(written, "retries", $"retries have no budget: when {whose} fails, its callers send {1 + retries.Attempts} times the load. " +
                "Bound them with 'budget: {percent: 20%}' (a share of the requests under way, as Envoy's) or 'budget: {ratio: 20%}' (a share of the last 10s, as Linkerd's), which make it 1.2 times.");
        }
    }
}
