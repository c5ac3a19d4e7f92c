namespace Mesh.Scenarios.Language.Checks;

/// <summary>Hedges that never start.</summary>
internal static class HedgeAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            if (written.Hedge is not { } hedge) continue;
            if (hedge.OnPerTryTimeout)
            {
                if (effective.PerTryTimeout is not { Ticks: > 0 }) advisor.Warn(written, "hedge", $"calls to {whose} are never hedged: 'onPerTryTimeout' waits for the perTryTimeout, and there is none. Set 'perTryTimeout', or hedge after a 'delay'.");
                if (effective.Retries is not { Attempts: > 0 }) advisor.Warn(written, "hedge", $"calls to {whose} are never hedged: as in Envoy a hedge on the per-try time-out is one of the retries, and there are none. Set 'retries', or hedge after a 'delay'.");
                continue;
            }
            if (hedge.Delay is not { } delay || hedge.Percentile is not null) continue;
            if (effective.PerTryTimeout is { Ticks: > 0 } each && delay >= each)
                advisor.Warn(written, "hedge", $"calls to {whose} are never hedged: an attempt ends after the perTryTimeout of {TimeChecks.Text(each)}, before the delay of {TimeChecks.Text(delay)} is over. Make the delay shorter.");
            else if (effective.Timeout is { Ticks: > 0 } total && delay >= total)
                advisor.Warn(written, "hedge", $"calls to {whose} are never hedged: they time out after {TimeChecks.Text(total)}, before the delay of {TimeChecks.Text(delay)} is over. Make the delay shorter.");
        }
    }
}
