using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Security.Identities;

/// <summary>
/// What a sidecar is, kept fresh: its certificate and the roots it trusts, swapped together. It asks the authority again at half of the certificate's lifetime, and when
/// the authority cannot be reached it goes on with what it has (fail static). Each certificate has a new key (ECDSA P-256), which is never written anywhere.
/// </summary>
public sealed class WorkloadIdentity : IAsyncDisposable
{
    /// <summary>A wait is cut into pieces, so that a clock that was set or a machine that slept is noticed.</summary>
    private static readonly TimeSpan LongestNap = TimeSpan.FromMinutes(10);

    private readonly IIdentityIssuer _issuer;
    private readonly TimeProvider _time;
    private readonly KeyedRandom _random;
    private readonly RenewalOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Task _work = Task.CompletedTask;
    private volatile HeldIdentity? _held;
    private int _draws;

    /// <summary>An identity that is not there yet; <see cref="Start"/> asks for it.</summary>
    /// <param name="issuer">The authority.</param>
    /// <param name="time">The clock and timers.</param>
    /// <param name="random">Draws for the jitter: workloads need different seeds.</param>
    /// <param name="options">When to renew. Default: Istio's.</param>
    public WorkloadIdentity(IIdentityIssuer issuer, TimeProvider time, KeyedRandom random, RenewalOptions? options = null)
    {
        (_issuer, _time, _random, _options) = (issuer, time, random, options ?? new RenewalOptions());
    }

    /// <summary>Told of every change and failure, on whatever thread it happens. It must not throw.</summary>
    public event Action<IdentityEvent>? Changed;

    /// <summary>The certificate that counts now; <c>null</c> before the first.</summary>
    public WorkloadCertificate? Current => _held?.Certificate;

    /// <summary>The roots that peers are verified against now; <c>null</c> before the first.</summary>
    public TrustBundle? Trust => _held?.Trust;

    /// <summary>When the certificate will be renewed; <c>null</c> before the first.</summary>
    public DateTimeOffset? RenewsAt => _held?.RenewAt;

    /// <summary>Ends once the first certificate is here.</summary>
    public Task Ready => _ready.Task;

    internal TimeProvider Time => _time;

    /// <summary>Certificate and trust of one moment.</summary>
    internal HeldIdentity? Held => _held;

    /// <summary>Asks for the first certificate, until there is one, and renews it from then on.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_work.IsCompleted && !_stop.IsCancellationRequested) _work = KeepFreshAsync(_stop.Token);
        }
    }

    /// <summary>Trusts other roots from now on, before the next renewal brings them: the control plane says so while a root is being replaced.</summary>
    public void Replace(TrustBundle trust)
    {
        lock (_lock)
        {
            if (_held is not { } held || held.Trust.Equals(trust)) return;
            _held = held with { Trust = trust };
        }
        Tell(IdentityEventKind.TrustChanged, 0, "");
    }

    /// <summary>Stops renewing. What is held stays usable until it expires.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task work;
        lock (_lock) work = _work;
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The identity and its end; nothing secret.</summary>
    public override string ToString() => Current?.ToString() ?? "no identity yet";

    private async Task KeepFreshAsync(CancellationToken stop)
    {
        while (true)
        {
            await RenewAsync(stop).ConfigureAwait(false);
            while (_time.GetUtcNow() < _held!.RenewAt) await WaitAsync(_held.RenewAt - _time.GetUtcNow(), stop).ConfigureAwait(false);
        }
    }

    /// <summary>Asks until there is a new certificate, always for the same key: an answer that was lost may be asked for again.</summary>
    private async Task RenewAsync(CancellationToken stop)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);   // it lives on in the certificate
        byte[] request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256).CreateSigningRequest();
        for (int failures = 1; ; failures++)
        {
            if (await TryAsync(request, key, failures, stop).ConfigureAwait(false)) return;
            await WaitAsync(RenewalPolicy.RetryAfter(_options, failures, Draw()), stop).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryAsync(byte[] request, ECDsa key, int failures, CancellationToken stop)
    {
        try
        {
            using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            var issued = await _issuer.IssueAsync(request, Current, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            Hold(WorkloadCertificate.From(issued, key, _time.GetUtcNow()), issued.Trust);
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Whatever went wrong on the way to the authority, a sidecar with a certificate goes on with it.
            string reason = e is OperationCanceledException ? $"the authority did not answer within {_options.RequestTimeout.TotalSeconds:0.###} s." : e.Message;
            Tell(IdentityEventKind.RenewalFailed, failures, reason);
            return false;
        }
    }

    private void Hold(WorkloadCertificate certificate, TrustBundle trust)
    {
        var renewAt = RenewalPolicy.RenewAt(_options, _time.GetUtcNow(), certificate.NotAfter, Draw());
        bool first, trustChanged;
        lock (_lock)
        {
            (first, trustChanged) = (_held is null, _held is { } held && !held.Trust.Equals(trust));
            _held = new HeldIdentity(certificate, trust, renewAt);
        }
        _ready.TrySetResult();
        Tell(first ? IdentityEventKind.Issued : IdentityEventKind.Renewed, 0, "");
        if (trustChanged) Tell(IdentityEventKind.TrustChanged, 0, "");
    }

    private Task WaitAsync(TimeSpan wait, CancellationToken stop) => Task.Delay(wait < LongestNap ? Ceiling(wait) : LongestNap, _time, stop);

    /// <summary>Whole milliseconds, upwards: a delay cuts them off, and would end just before its time.</summary>
    private static TimeSpan Ceiling(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, wait.TotalMilliseconds)));

    private ulong Draw() => _random.Bits(Concern.Renewal, 0, 0, Interlocked.Increment(ref _draws));

    private void Tell(IdentityEventKind kind, int failures, string reason) => Changed?.Invoke(new IdentityEvent(kind, Current, failures, reason));
}

/// <summary>What a sidecar holds at one moment.</summary>
internal sealed record HeldIdentity(WorkloadCertificate Certificate, TrustBundle Trust, DateTimeOffset RenewAt);
