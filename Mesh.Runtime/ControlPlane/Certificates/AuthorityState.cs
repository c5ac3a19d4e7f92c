using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>Where the replacement of an authority's root stands.</summary>
/// <param name="Step">The step that was made last.</param>
/// <param name="NextStepAt">From when on the next step harms nobody; <c>null</c> where there is none to make.</param>
public sealed record RootRollover(RootRolloverStep Step, DateTimeOffset? NextStepAt);

/// <summary>The steps of a root's replacement.</summary>
public enum RootRolloverStep
{
    /// <summary>There is one root.</summary>
    None,
    /// <summary>The new root is trusted, and the old one signs.</summary>
    Prepared,
    /// <summary>The new root signs, and the old one is still trusted.</summary>
    Activated,
}

/// <summary>What an authority is at one moment: who signs, who will, who did. It decides what may come next.</summary>
internal sealed record AuthorityState
{
    private readonly string _trustDomain;

    private AuthorityState(string trustDomain, Signer active, Signer? next, FormerRoot? former)
    {
        (_trustDomain, Active, Next, Former) = (trustDomain, active, next, former);
        Trust = TrustBundle.Of(trustDomain, new[] { active.Root, next?.Root, former?.Root }.OfType<X509Certificate2>());
    }

    public Signer Active { get; init; }

    public TrustBundle Trust { get; }

    private Signer? Next { get; }

    private FormerRoot? Former { get; }

    public static AuthorityState Of(string trustDomain, Signer active) => new(trustDomain, active, null, null);

    public static AuthorityState From(AuthorityRecord record, DateTimeOffset now) => new(
        record.TrustDomain, Read(record.Active, now), record.Next is { } next ? Read(next, now) : null,
        record.Former is { } former ? new FormerRoot(TrustBundle.FromPem(record.TrustDomain, former.Root).Roots[0], former.NeededUntil) : null);

    /// <summary>What is written to disk. It holds private keys.</summary>
    public AuthorityRecord ToRecord() => new()
    {
        TrustDomain = _trustDomain,
        Active = Active.ToRecord(),
        Next = Next?.ToRecord(),
        Former = Former is { } former ? new FormerRecord { Root = former.Root.ExportCertificatePem(), NeededUntil = former.NeededUntil } : null,
    };

    public RootRollover Rollover(CertificateAuthorityOptions options) => this switch
    {
        { Next: { } next } => new(RootRolloverStep.Prepared, HeardOfAt(next, options)),
        { Former: { } former } => new(RootRolloverStep.Activated, former.NeededUntil),
        _ => new(RootRolloverStep.None, null),
    };

    public AuthorityState Prepare(Signer next) =>
        Next is null && Former is null ? new(_trustDomain, Active, next, null)
            : throw new InvalidOperationException($"a root is already being replaced; {(Next is null ? "retire the old one" : "activate the new one")} first.");

    public AuthorityState Activate(CertificateAuthorityOptions options, DateTimeOffset now, bool force)
    {
        if (Next is null) throw new InvalidOperationException("no new root is prepared; prepare one first.");
        if (!force && now < HeardOfAt(Next, options))
            throw new InvalidOperationException($"some workloads may not have heard of the new root before {HeardOfAt(Next, options):u}; wait until then.");
        return new(_trustDomain, Next, null, new FormerRoot(Active.Root, now + options.Lifetime));
    }

    public AuthorityState Retire(CertificateAuthorityOptions options, DateTimeOffset now, bool force)
    {
        if (Former is null) throw new InvalidOperationException("no old root is to be retired; prepare and activate a new one first.");
        if (!force && now < Former.NeededUntil)
            throw new InvalidOperationException($"certificates under the old root may be valid until {Former.NeededUntil:u}; wait until then.");
        return new(_trustDomain, Active, null, null);
    }

    /// <summary>By when every workload has renewed once, and so has heard of a root: the whole of a certificate's lifetime, for a renewal may have to be tried again.</summary>
    private static DateTimeOffset HeardOfAt(Signer next, CertificateAuthorityOptions options) => next.Since + options.Lifetime;

    private static Signer Read(SignerRecord record, DateTimeOffset now) => SignerPem.Read(record.Certificates, record.Key, record.RootKey, record.Since, now);

    private sealed record FormerRoot(X509Certificate2 Root, DateTimeOffset NeededUntil);
}
