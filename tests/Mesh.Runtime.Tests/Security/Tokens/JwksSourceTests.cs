using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Tokens;
using Mesh.Runtime.Sidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Security.Tokens;

/// <summary>Keys that change, from a real server and from a file, in fake time.</summary>
public sealed class JwksSourceTests : IAsyncLifetime, IDisposable
{
    private const string Good = """{"iss": "login"}""";
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestIssuer _old = new("old");
    private readonly TestIssuer _new = new("new");
    private readonly List<string> _failures = [];
    private WebApplication _server = null!;
    private RequestDelegate _answer = _ => Task.CompletedTask;
    private int _fetches;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(context =>
        {
            Interlocked.Increment(ref _fetches);
            return _answer(context);
        });
        await _server.StartAsync();
        Publish(_old);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    [Fact]
    public async Task Keys_are_fetched_once_for_many_requests()
    {
        using var verifier = Verifier();
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => IsSignedAsync(verifier, _old)));
        Assert.All(results, Assert.True);
        Assert.Equal(1, _fetches);
    }

    [Fact]
    public async Task New_key_is_fetched_when_a_token_names_it()
    {
        using var verifier = Verifier();
        Assert.True(await IsSignedAsync(verifier, _old));
        Publish(_old, _new);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await IsSignedAsync(verifier, _new));
        Assert.True(await IsSignedAsync(verifier, _old));
        Assert.Equal(2, _fetches);
    }

    [Fact]
    public async Task Unknown_key_ids_do_not_make_a_fetch_each()
    {
        using var verifier = Verifier();
        using var stranger = new TestIssuer("stranger");
        for (int i = 0; i < 100; i++) Assert.False(await IsSignedAsync(verifier, stranger));
        Assert.Equal(1, _fetches);
        _clock.Advance(TimeSpan.FromSeconds(10));
        for (int i = 0; i < 100; i++) Assert.False(await IsSignedAsync(verifier, stranger));
        Assert.Equal(2, _fetches);
    }

    [Fact]
    public async Task Old_keys_stay_when_the_issuer_fails_and_go_when_it_takes_them_back()
    {
        using var verifier = Verifier();
        Assert.True(await IsSignedAsync(verifier, _old));
        RequestDelegate[] failing =
        [
            context => { context.Response.StatusCode = 500; return Task.CompletedTask; },
            context => { context.Response.Redirect("http://evil.example/"); return Task.CompletedTask; },
            context => context.Response.WriteAsync("<html>"),
            context => context.Response.WriteAsync("""{"keys": []}"""),
            context => context.Response.WriteAsync(new string(' ', 300_000)),
            context => { context.Abort(); return Task.CompletedTask; },
        ];
        foreach (var answer in failing)
        {
            _answer = answer;
            int before = _failures.Count;
            _clock.Advance(TimeSpan.FromMinutes(20));
            Assert.True(await IsSignedAsync(verifier, _old));   // at once, with a fetch beside
            await UntilAsync(() => _failures.Count > before);
        }
        Assert.Contains(_failures, failure => failure.Contains("answered 500", StringComparison.Ordinal));
        Assert.Contains(_failures, failure => failure.Contains("more than 262144 bytes", StringComparison.Ordinal));
        Publish(_new);
        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.True(await IsSignedAsync(verifier, _old));
        await UntilAsync(() => IsSignedAsync(verifier, _old).GetAwaiter().GetResult() is false);
    }

    [Fact]
    public async Task Silent_issuer_holds_a_request_for_the_time_out_only()
    {
        using var verifier = Verifier();
        _answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var waiting = IsSignedAsync(verifier, _old);
        await UntilAsync(() => _fetches == 1);
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("no answer within 5 s", Assert.Single(_failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_a_file_follow_the_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, _old.Jwks);
            using var verifier = new JwtVerifier([new JwtRule { Issuer = "login", Jwks = path }], new LiveTime(_clock));
            Assert.True(await IsSignedAsync(verifier, _old));
            await File.WriteAllTextAsync(path, _new.Jwks);
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.True(await IsSignedAsync(verifier, _new));
            Assert.False(await IsSignedAsync(verifier, _old));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("""{"kty": "RSA", "n": "AQAB", "e": "AQAB"}""")]                        // weak
    [InlineData("""{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}""")]
    [InlineData("""{"kty": "oct", "k": "c2VjcmV0"}""")]
    public void Keys_that_verify_nothing_of_ours_are_passed_over(string key)
    {
        Assert.Throws<FormatException>(() => JwksKeys.Parse($$"""{"keys": [{{key}}]}"""));
        var own = _old.Keys.Select(one => one.ToJsonString());
        Assert.Equal(3, JwksKeys.Parse($$"""{"keys": [{{key}}, {{string.Join(",", own)}}]}""").Count);
    }

    [Fact]
    public void Key_for_encryption_or_of_another_algorithm_is_not_used()
    {
        var key = _old.Keys.First();
        key["use"] = "enc";
        Assert.Throws<FormatException>(() => JwksKeys.Parse($$"""{"keys": [{{key.ToJsonString()}}]}"""));
        key["use"] = "sig";
        key["alg"] = "RS512";
        var keys = JwksKeys.Parse($$"""{"keys": [{{key.ToJsonString()}}]}""");
        Assert.Empty(keys.For("old-rsa", "RS256"));
        Assert.Single(keys.For("old-rsa", "RS512"));
        Assert.Empty(keys.For("other", "RS512"));
    }

    private JwtVerifier Verifier() => new([new JwtRule { Issuer = "login", JwksUri = $"{_server.Urls.Single()}/keys" }], new LiveTime(_clock), failed: (_, reason) => _failures.Add(reason));

    private void Publish(params TestIssuer[] issuers)
    {
        string keys = $$"""{"keys": [{{string.Join(", ", issuers.SelectMany(issuer => issuer.Keys).Select(key => key.ToJsonString()))}}]}""";
        _answer = context => context.Response.WriteAsync(keys);
    }

    private static async Task<bool> IsSignedAsync(JwtVerifier verifier, TestIssuer issuer) =>
        (await verifier.VerifyAsync(issuer.Token(Good, "ES256"), TokenPlace.Authorization, default)).SignedBy!.Count > 0;

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 2_000 && !condition(); i++) await Task.Delay(10);
        Assert.True(condition());
    }
}
