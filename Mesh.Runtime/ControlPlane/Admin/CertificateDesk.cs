using System.Security.Cryptography;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>What operators do with the certificate authority; each change is journalled.</summary>
internal sealed class CertificateDesk(CertificateAuthority authority, JoinTokens tokens, Journal journal, TimeProvider time)
{
    private const int MaxUses = 10_000;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    public CertificatesStatus Status() => new(authority.TrustDomain, authority.Expires, authority.Rollover.Step, authority.Rollover.NextStepAt,
        [.. authority.Trust.Roots.Select(root => new RootLine(root.GetCertHashString(HashAlgorithmName.SHA256), root.NotAfter.ToUniversalTime(), root.ExportCertificatePem()))]);

    /// <summary>A new join token, or everything that is wrong with the request.</summary>
    public (JoinTokenAnswer? Answer, IReadOnlyList<string> Problems) Issue(JoinTokenRequest request, string by)
    {
        var problems = new List<string>();
        if (!SpiffeId.TryParse(request.Identity, out var id, out string? problem)) problems.Add(problem);
        else if (id.TrustDomain != authority.TrustDomain) problems.Add($"{id} is not of the trust domain '{authority.TrustDomain}'");
        if (request.Lifetime <= TimeSpan.Zero || request.Lifetime > MaxLifetime) problems.Add($"a join token lives more than 0 and at most {MaxLifetime.TotalDays} days");
        if (request.Uses is < 1 or > MaxUses) problems.Add($"a join token is for 1 to {MaxUses} keys");
        if (problems.Count > 0) return (null, problems);
        try
        {
            string token = tokens.Issue(id!, request.Lifetime, request.Uses);
            journal.Append(by, $"join token {token.Split('.')[0]} issued for {id}", $"for {DurationText.Of(request.Lifetime)}, {request.Uses} uses");
            return (new JoinTokenAnswer(token, id!.ToString(), time.GetUtcNow() + request.Lifetime), []);
        }
        catch (IdentityException full)
        {
            return (null, [full.Message]);
        }
    }

    /// <summary>Takes a join token back, by the part before its dot.</summary>
    public ChangeAnswer Revoke(string id, string by)
    {
        if (!tokens.Revoke(id)) return ChangeAnswer.Unknown($"there is no join token '{id}'");
        journal.Append(by, $"join token {id} revoked", "");
        return ChangeAnswer.Accepted(id);
    }

    /// <summary>Makes a step of the root's replacement.</summary>
    public ChangeAnswer Roll(RolloverRequest request, string by)
    {
        try
        {
            switch (request.Step)
            {
                case RolloverAction.Prepare: authority.PrepareRoot(); break;
                case RolloverAction.Activate: authority.ActivateRoot(request.Force); break;
                default: authority.RetireRoot(request.Force); break;
            }
        }
        catch (InvalidOperationException problem)
        {
            return ChangeAnswer.Refused([problem.Message]);
        }
        journal.Append(by, $"root: {request.Step.ToString().ToLowerInvariant()}", request.Force ? "forced" : "");
        return ChangeAnswer.Accepted(null, authority.Rollover.NextStepAt is { } next ? [$"the next step harms nobody from {next:u} on"] : []);
    }
}
