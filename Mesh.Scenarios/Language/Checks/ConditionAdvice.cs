using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Conditions of retries that are never met, and settings of retries that do nothing.</summary>
internal static class ConditionAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            if (written.Retries is not { } retries) continue;
            if ((retries.On & RetryOn.Http3PostConnectFailure) != 0)
                advisor.Warn(written, "retries", "'http3-post-connect-failure' is never met: MeshLab speaks no HTTP/3, in neither world. Leave it out; 'reset' covers what breaks after the connection was made.");
            if (retries.PreviousPriorities > 0 && effective.Locality is not ({ Failover: not null } or { Priorities: not null }))
                advisor.Warn(written, "retries", $"'previousPriorities' leaves out priorities that were tried, and {whose} has only one: it does nothing. Give 'locality' a 'failover' or 'priorities'.");
        }
    }
}
