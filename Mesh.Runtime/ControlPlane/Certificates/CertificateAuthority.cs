using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>
/// Issues X.509 identities (SVIDs) to workloads of a trust domain. It signs for whom it is told to: who may have which identity is <see cref="RegistrationAuthority"/>'s to say.
/// Its root is replaced in three steps, with time between them for every workload to renew: <see cref="PrepareRoot"/>, <see cref="ActivateRoot"/>, <see cref="RetireRoot"/>.
/// Safe to call from several threads.
/// </summary>
public sealed class CertificateAuthority
{
    private readonly CertificateAuthorityOptions _options;
    private readonly TimeProvider _time;
    private readonly AuthorityStore? _store;
    private readonly Lock _lock = new();
    private volatile AuthorityState _state;

    private CertificateAuthority(CertificateAuthorityOptions options, TimeProvider time, AuthorityStore? store, AuthorityState state)
    {
        (_options, _time, _store, _state) = (options, time, store, state);
    }

    /// <summary>The trust domain.</summary>
    public string TrustDomain => _options.TrustDomain;

    /// <summary>The roots that workloads have to trust now.</summary>
    public TrustBundle Trust => _state.Trust;

    /// <summary>Where the replacement of the root stands.</summary>
    public RootRollover Rollover => _state.Rollover(_options);

    /// <summary>When it can sign nothing any more, unless its certificates are replaced.</summary>
    public DateTimeOffset Expires => _state.Active.Expires;

    /// <summary>A new authority, with a root of its own that is kept in memory only.</summary>
    public static CertificateAuthority New(CertificateAuthorityOptions options, TimeProvider time)
    {
        Check(options);
        return new CertificateAuthority(options, time, null, AuthorityState.Of(options.TrustDomain, Signer.New(options, time.GetUtcNow())));
    }

    /// <summary>The authority in a directory, which is made, with a new root, where there is none. Files are 0600 in a directory of 0700.</summary>
    /// <exception cref="IdentityException">The directory or its file is open to others, does not read, or is another trust domain's.</exception>
    public static CertificateAuthority Open(string folder, CertificateAuthorityOptions options, TimeProvider time)
    {
        Check(options);
        var store = new AuthorityStore(folder);
        var now = time.GetUtcNow();
        if (store.Load() is { } record)
        {
            if (record.TrustDomain != options.TrustDomain) throw new IdentityException($"the authority in '{folder}' is for the trust domain '{record.TrustDomain}', not for '{options.TrustDomain}'.");
            return new CertificateAuthority(options, time, store, AuthorityState.From(record, now));
        }
        var authority = new CertificateAuthority(options, time, store, AuthorityState.Of(options.TrustDomain, Signer.New(options, now)));
        authority.Save();
        return authority;
    }

    /// <summary>An existing authority.</summary>
    /// <param name="certificates">PEM: the certificate that signs, those above it, and last the root.</param>
    /// <param name="key">PEM: the first one's private key, ECDSA or RSA, unencrypted.</param>
    /// <param name="options">What it issues.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IdentityException">They are no authority's; the message has all problems, and nothing of a key.</exception>
    public static CertificateAuthority FromPem(string certificates, string key, CertificateAuthorityOptions options, TimeProvider time)
    {
        Check(options);
        var now = time.GetUtcNow();
        return new CertificateAuthority(options, time, null, AuthorityState.Of(options.TrustDomain, SignerPem.Read(certificates, key, null, now, now)));
    }

    /// <summary>A certificate for an identity.</summary>
    /// <param name="id">Whom it shall name; the caller has made sure that it may.</param>
    /// <param name="signingRequest">PKCS #10, DER. Its signature is verified, and its key taken; what else it says is not read.</param>
    /// <exception cref="IdentityException">The request or the identity is not one to sign, or the authority itself has expired.</exception>
    public IssuedIdentity Issue(SpiffeId id, ReadOnlySpan<byte> signingRequest)
    {
        if (id.TrustDomain != TrustDomain) throw new IdentityException($"{id} is not of the trust domain '{TrustDomain}'.");
        var key = SigningRequest.PublicKeyOf(signingRequest);
        var now = _time.GetUtcNow();
        var state = Fresh(now);
        var end = now + _options.Lifetime;
        if (state.Active.Expires <= now) throw new IdentityException($"the authority's own certificates expired at {state.Active.Expires.ToUniversalTime():u}; give it new ones.");
        using var certificate = state.Active.Sign(id, key, now - _options.ClockSkew, end < state.Active.Expires ? end : state.Active.Expires);
        return new IssuedIdentity([certificate.RawData, .. state.Active.Chain.Select(one => (ReadOnlyMemory<byte>)one.RawData)], state.Trust);
    }

    /// <summary>The first step: makes a new root and has it trusted, while the old one signs on.</summary>
    /// <exception cref="InvalidOperationException">A replacement is under way.</exception>
    public void PrepareRoot() => Change(state => state.Prepare(Signer.New(_options, _time.GetUtcNow())));

    /// <summary>The second step: the new root signs from now on, and both are trusted. The old root's key is forgotten.</summary>
    /// <param name="force">Also before all workloads can have heard of the new root: those that have not will refuse the others.</param>
    /// <exception cref="InvalidOperationException">No root is prepared, or it is too early.</exception>
    public void ActivateRoot(bool force = false) => Change(state => state.Activate(_options, _time.GetUtcNow(), force));

    /// <summary>The last step: the old root is trusted no more.</summary>
    /// <param name="force">Also while certificates under it are valid: they are refused from then on.</param>
    /// <exception cref="InvalidOperationException">No root is to be retired, or it is too early.</exception>
    public void RetireRoot(bool force = false) => Change(state => state.Retire(_options, _time.GetUtcNow(), force));

    /// <summary>The trust domain and its roots; nothing secret.</summary>
    public override string ToString() => $"authority of {Trust}";

    private static void Check(CertificateAuthorityOptions options)
    {
        if (SpiffeId.ProblemOfTrustDomain(options.TrustDomain) is { } problem) throw new IdentityException($"certificate authority: {problem}");
        if (options.Lifetime <= TimeSpan.Zero || options.RootLifetime <= TimeSpan.Zero || options.IntermediateLifetime <= TimeSpan.Zero || options.ClockSkew < TimeSpan.Zero)
            throw new IdentityException("certificate authority: lifetimes must be above 0, and the clock skew not below it.");
    }

    /// <summary>The state, with a new intermediate where half of the old one's life is over.</summary>
    private AuthorityState Fresh(DateTimeOffset now)
    {
        var state = _state;
        if (ReferenceEquals(state.Active.Freshened(_options, now), state.Active)) return state;
        Change(current => current with { Active = current.Active.Freshened(_options, now) });
        return _state;
    }

    private void Change(Func<AuthorityState, AuthorityState> change)
    {
        lock (_lock)
        {
            var before = _state;
            _state = change(before);
            try
            {
                if (!ReferenceEquals(_state, before)) Save();
            }
            catch
            {
                _state = before;   // what is not on disk did not happen
                throw;
            }
        }
    }

    private void Save() => _store?.Save(_state.ToRecord(), _state.Trust);
}
