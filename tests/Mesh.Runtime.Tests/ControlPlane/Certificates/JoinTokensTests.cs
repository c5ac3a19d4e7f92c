using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Tests.ControlPlane.Discovery;
using Mesh.Runtime.Tests.Security.Identities;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.ControlPlane.Certificates;

public class MemoryJoinTokensTests() : JoinTokensTests(new MemoryJoinTokenStore(capacity: 3));

public sealed class StoredJoinTokensTests : JoinTokensTests, IDisposable
{
    private readonly TestFolder _folder;
    private readonly Database _database;

    public StoredJoinTokensTests() : this(new TestFolder()) { }

    private StoredJoinTokensTests(TestFolder folder) : this(folder, Database.Open(folder.File("tokens.db"))) { }

    private StoredJoinTokensTests(TestFolder folder, Database database) : base(new StoredJoinTokens(database, capacity: 3)) => (_folder, _database) = (folder, database);

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }
}

/// <summary>What every store of join tokens has to hold.</summary>
public abstract class JoinTokensTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly IJoinTokenStore _store;
    private readonly JoinTokens _tokens;

    protected JoinTokensTests(IJoinTokenStore store) => (_store, _tokens) = (store, new JoinTokens(store, _time));

    [Fact]
    public void Token_is_good_for_one_key_and_that_key_may_ask_again()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        Assert.Equal(JoinTokenVerdict.Accepted, _tokens.Redeem(token, "key1", out var id));
        Assert.Equal(TestAuthority.Id("shop"), id);
        Assert.Equal(JoinTokenVerdict.Accepted, _tokens.Redeem(token, "key1", out _));
        Assert.Equal(JoinTokenVerdict.UsedUp, _tokens.Redeem(token, "key2", out id));
        Assert.Null(id);
    }

    [Fact]
    public void Token_of_several_uses_serves_as_many_keys()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5), uses: 2);
        Assert.Equal([JoinTokenVerdict.Accepted, JoinTokenVerdict.Accepted, JoinTokenVerdict.UsedUp], Enumerable.Range(0, 3).Select(key => _tokens.Redeem(token, $"{key}", out _)));
    }

    [Fact]
    public void Token_ends_with_its_time()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(JoinTokenVerdict.Expired, _tokens.Redeem(token, "key", out _));
    }

    [Fact]
    public void Token_can_be_taken_back()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        Assert.True(_tokens.Revoke(token.Split('.')[0]));
        Assert.Equal(JoinTokenVerdict.Unknown, _tokens.Redeem(token, "key", out _));
    }

    [Fact]
    public void What_is_like_a_token_is_none()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        string[] parts = token.Split('.');
        string[] others = ["", ".", token[..^1], token + "A", $"{parts[0]}.", $".{parts[1]}", $"{parts[1]}.{parts[0]}", $"{parts[0]}.{new string('A', 43)}", new string('x', 100_000), $"{token}.{token}"];
        Assert.All(others, other => Assert.Equal(JoinTokenVerdict.Unknown, _tokens.Redeem(other, "key", out _)));
        Assert.Equal(JoinTokenVerdict.Accepted, _tokens.Redeem(token, "key", out _));   // none of them used it up
    }

    [Fact]
    public void Only_a_hash_of_a_token_is_kept()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        var record = _store.Find(token.Split('.')[0])!;
        Assert.Equal(32, record.SecretHash.Length);
        Assert.DoesNotContain(token.Split('.')[1], record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Store_is_bounded_and_expired_tokens_make_room()
    {
        for (int i = 0; i < 3; i++) _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        Assert.Throws<IdentityException>(() => _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5)));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.NotEmpty(_tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void One_use_is_given_to_one_of_many_at_the_same_time()
    {
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        int accepted = 0;
        Parallel.For(0, 100, key =>
        {
            if (_tokens.Redeem(token, $"{key}", out _) == JoinTokenVerdict.Accepted) Interlocked.Increment(ref accepted);
        });
        Assert.Equal(1, accepted);
    }

    [Fact]
    public void Join_token_gives_its_identity_and_a_request_that_nobody_signs_leaves_it_unused()
    {
        var authority = CertificateAuthority.New(new(), _time);
        var registration = new RegistrationAuthority(authority, _tokens);
        List<(JoinTokenVerdict, SpiffeId?)> log = [];
        registration.Joined += (verdict, id) => log.Add((verdict, id));
        string token = _tokens.Issue(TestAuthority.Id("shop"), TimeSpan.FromMinutes(5));
        Assert.Throws<IdentityException>(() => registration.Join(token, [1, 2, 3]));
        Assert.NotEmpty(registration.Join(token, TestAuthority.Request()).Chain);
        var refused = Assert.Throws<IdentityException>(() => registration.Join(token, TestAuthority.Request()));
        Assert.DoesNotContain(token.Split('.')[1], refused.ToString(), StringComparison.Ordinal);
        Assert.Equal([(JoinTokenVerdict.Accepted, TestAuthority.Id("shop")), (JoinTokenVerdict.UsedUp, null)], log);
        Assert.NotEmpty(registration.Renew(TestAuthority.Id("shop"), TestAuthority.Request()).Chain);
    }
}
