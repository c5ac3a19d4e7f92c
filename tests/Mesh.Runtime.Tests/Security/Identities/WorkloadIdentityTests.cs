using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Security.Identities;

/// <summary>A sidecar's identity over days of fake time, with a real authority.</summary>
public sealed class WorkloadIdentityTests : IIdentityIssuer, IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CertificateAuthority _authority;
    private readonly WorkloadIdentity _identity;
    private readonly BlockingCollection<IdentityEvent> _events = [];
    private readonly List<byte[]> _requests = [];
    private Func<ReadOnlyMemory<byte>, IssuedIdentity> _answer;

    public WorkloadIdentityTests()
    {
        _authority = CertificateAuthority.New(new(), _time);
        _answer = request => _authority.Issue(TestAuthority.Id("shop"), request.Span);
        _identity = new WorkloadIdentity(this, _time, new KeyedRandom(7));
        _identity.Changed += _events.Add;
    }

    Task<IssuedIdentity> IIdentityIssuer.IssueAsync(ReadOnlyMemory<byte> signingRequest, WorkloadCertificate? current, CancellationToken cancellation)
    {
        _requests.Add(signingRequest.ToArray());
        Assert.Equal(_identity.Current, current);
        return Task.FromResult(_answer(signingRequest));
    }

    public async ValueTask DisposeAsync()
    {
        await _identity.DisposeAsync();
        _events.Dispose();
    }

    [Fact]
    public void Certificate_is_renewed_with_a_new_key_at_half_of_its_life()
    {
        Started();
        var first = _identity.Current!;
        Assert.InRange(_identity.RenewsAt!.Value - _time.GetUtcNow(), TimeSpan.FromHours(24 * 0.49), TimeSpan.FromHours(24 * 0.51));
        Until(IdentityEventKind.Renewed);
        var second = _identity.Current!;
        Assert.NotEqual(first.Serial, second.Serial);
        Assert.NotEqual(first.Certificate.GetPublicKey(), second.Certificate.GetPublicKey());
        Assert.InRange(first.NotAfter - _time.GetUtcNow(), TimeSpan.FromHours(24 * 0.48), TimeSpan.FromHours(24 * 0.51));
    }

    [Fact]
    public void Unreachable_authority_leaves_the_old_certificate_and_is_asked_again_for_the_same_key()
    {
        Started();
        var first = _identity.Current!;
        _requests.Clear();
        _answer = _ => throw new IOException("connection refused");
        for (int failures = 1; failures <= 4; failures++)
        {
            var failed = Until(IdentityEventKind.RenewalFailed);
            Assert.Equal((failures, "connection refused", first), (failed.Failures, failed.Reason, failed.Certificate));
        }
        Assert.Same(first, _identity.Current);
        _answer = request => _authority.Issue(TestAuthority.Id("shop"), request.Span);
        Until(IdentityEventKind.Renewed);
        Assert.NotSame(first, _identity.Current);
        Assert.All(_requests, request => Assert.Equal(_requests[0], request));
    }

    [Fact]
    public void What_was_held_stays_even_after_it_expired()
    {
        Started();
        _answer = _ => throw new IOException("connection refused");
        while (_time.GetUtcNow() < _identity.Current!.NotAfter) Until(IdentityEventKind.RenewalFailed, TimeSpan.FromMinutes(20));
        Assert.NotNull(_identity.Held);
        _answer = request => _authority.Issue(TestAuthority.Id("shop"), request.Span);
        Until(IdentityEventKind.Renewed);
        Assert.True(_identity.Current!.NotAfter > _time.GetUtcNow());
    }

    [Fact]
    public void Answer_that_no_peer_would_take_is_not_taken()
    {
        Started();
        var first = _identity.Current!;
        var stranger = CertificateAuthority.New(new(), _time);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (Func<ReadOnlyMemory<byte>, IssuedIdentity> Answer, string Reason)[] answers =
        [
            (request => _authority.Issue(TestAuthority.Id("shop"), request.Span) with { Trust = stranger.Trust }, "does not lead to a trusted root"),
            (_ => _authority.Issue(TestAuthority.Id("shop"), TestAuthority.Request(otherKey)), "for another key"),
            (request => _authority.Issue(TestAuthority.Id("shop"), request.Span) with { Chain = [] }, "no certificate"),
            (request => _authority.Issue(TestAuthority.Id("shop"), request.Span) with { Chain = [new byte[] { 1, 2, 3 }] }, "does not read"),
        ];
        foreach (var (answer, reason) in answers)
        {
            _answer = answer;
            Assert.Contains(reason, Until(IdentityEventKind.RenewalFailed).Reason, StringComparison.Ordinal);
            Assert.Same(first, _identity.Current);
        }
    }

    [Fact]
    public void Trust_can_change_between_renewals()
    {
        Started();
        _authority.PrepareRoot();
        _identity.Replace(_authority.Trust);
        Assert.Equal(IdentityEventKind.TrustChanged, Next().Kind);
        Assert.Equal(2, _identity.Trust!.Count);
        _identity.Replace(_authority.Trust);
        Assert.Empty(_events);
    }

    [Fact]
    public async Task Identity_that_has_ended_asks_no_more()
    {
        Started();
        await _identity.DisposeAsync();
        _time.Advance(TimeSpan.FromHours(30));
        Assert.Single(_requests);
    }

    [Fact]
    public void Workloads_started_together_do_not_renew_together()
    {
        var issuer = new LocalIssuer(_authority, TestAuthority.Id("shop"));
        var times = Enumerable.Range(0, 20).Select(seed =>
        {
            var one = new WorkloadIdentity(issuer, _time, new KeyedRandom((ulong)seed));
            one.Start();
            Assert.True(one.Ready.Wait(TimeSpan.FromSeconds(20)));
            return one.RenewsAt!.Value;
        }).ToList();
        Assert.Equal(20, times.Distinct().Count());
        Assert.True(times.Max() - times.Min() > TimeSpan.FromMinutes(10), "half of an hour is what they are spread over");
    }

    private void Started()
    {
        _identity.Start();
        Assert.Equal(IdentityEventKind.Issued, Next().Kind);
    }

    private IdentityEvent Next() => _events.TryTake(out var next, TimeSpan.FromSeconds(20)) ? next : throw new TimeoutException();

    /// <summary>Lets time pass until something happens: minutes at a time before a renewal, and steps once it is due.</summary>
    private IdentityEvent Until(IdentityEventKind kind, TimeSpan? step = null)
    {
        for (int i = 0; i < 5_000; i++)
        {
            bool isDue = _identity.RenewsAt <= _time.GetUtcNow();
            _time.Advance(isDue ? step ?? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(1));
            // The work goes on on other threads: give it a moment once something is due.
            if (!_events.TryTake(out var next, isDue ? 20 : 0)) continue;
            Assert.Equal(kind, next.Kind);
            return next;
        }
        throw new TimeoutException($"{kind} did not come");
    }
}
