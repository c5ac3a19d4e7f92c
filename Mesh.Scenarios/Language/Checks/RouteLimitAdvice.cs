namespace Mesh.Scenarios.Language.Checks;

/// <summary>A limit by a route that the callee's sidecar cannot recognise: it does not know the calling workload, and sees the path after the rewrite.</summary>
internal static class RouteLimitAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            foreach (var limit in written.RateLimit?.Per ?? [])
            {
                if (limit.Route is not { } name || effective.Routes?.FirstOrDefault(route => route.Name == name) is not { } route) continue;
                if (route.Match.Count > 0 && route.Match.All(match => (match.FromService ?? match.FromNamespace) is not null || match.FromLabels.Count > 0))
                    advisor.Warn(limit, "route", $"the route '{name}' of {whose} asks who calls ('from'), which the replica's sidecar does not know: this limit never holds. Limit by 'caller' instead.");
                if (route.Rewrite is { Path: not null } or { Prefix: not null })
                    advisor.Warn(limit, "route", $"the route '{name}' of {whose} rewrites the path, and the replica's sidecar looks for the route by the new one: this limit holds only where that matches the route too. Limit by 'path' instead.");
            }
        }
    }
}
