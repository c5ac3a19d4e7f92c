using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Rules about who calls, where nobody proves who they are.</summary>
internal static class IdentityAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var (written, effective, whose) in advisor.Policies())
        {
            if (effective.Mtls != MutualTlsMode.Disabled || effective.Authorization is not { } authorization || !AsksForCallers(authorization)) continue;
            if (written.Authorization is not null || written.Mtls is not null)
                advisor.Warn(written, written.Authorization is not null ? "authorization" : "mtls",
                    $"the rules of {whose} ask who calls, but live nobody can prove it: mtls is disabled there. Set 'mtls: strict' or 'permissive'; in the virtual world callers are who they say.");
        }
    }

    private static bool AsksForCallers(AuthorizationConfig authorization) =>
        new[] { authorization.Custom, authorization.Deny, authorization.Allow, authorization.Audit }.SelectMany(rules => rules ?? []).Any(AsksForCallers);

    private static bool AsksForCallers(AuthorizationRule rule) =>
        rule.When.Any(condition => condition.Key.StartsWith("source.", StringComparison.Ordinal))
        || rule.From.Any(source => new[] { source.Principals, source.Namespaces, source.TrustDomains }.Any(list => list.Values.Count + list.Not.Count > 0));
}
