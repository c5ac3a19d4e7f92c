using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Deadlines that cannot fire do nothing, and attempts for which no time is left are not made.</summary>
internal static class DeadlineAdvice
{
    /// <summary>Conditions that an attempt which ran out of time meets.</summary>
    private const RetryOn TimeOuts = RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset;

    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            if (effective.Timeout is not { Ticks: > 0 } total || effective.PerTryTimeout is not { Ticks: > 0 } each) continue;
            // Told where it was made, and once.
            if (written.PerTryTimeout is null && written.Timeout is null && written.Retries is null) continue;
            if (each >= total) NeverFirst(advisor, written, whose, total, each);
            else if (effective.Retries is { Attempts: > 0 } retries && (retries.On & TimeOuts) != 0) TooShort(advisor, written, whose, total, each, retries);
        }
    }

    private static void NeverFirst(Advisor advisor, PolicyConfig written, string whose, TimeSpan total, TimeSpan each) =>
        advisor.Warn(written, KeyOf(written), $"calls to {whose} time out after {TimeChecks.Text(total)} in all, so that the perTryTimeout of {TimeChecks.Text(each)} never ends an attempt first, " +
            "and no time is left for a retry. Make it shorter than the timeout.");

    private static void TooShort(Advisor advisor, PolicyConfig written, string whose, TimeSpan total, TimeSpan each, RetryConfig retries)
    {
        int attempts = 1 + retries.Attempts;
        if (each * attempts <= total) return;
        int whole = (int)(total / each);
        advisor.Warn(written, KeyOf(written), $"calls to {whose} time out after {TimeChecks.Text(total)} in all, but {attempts} attempts of {TimeChecks.Text(each)} take {TimeChecks.Text(each * attempts)} and the waits between them: " +
            $"when attempts time out, {(whole == 1 ? "only the first has" : $"only {whole} have")} their whole time. Lengthen 'timeout', or shorten 'perTryTimeout' to below {TimeChecks.Text(total / attempts)}.");
    }

    private static string KeyOf(PolicyConfig written) => written.PerTryTimeout is not null ? "perTryTimeout" : written.Timeout is not null ? "timeout" : "retries";
}
