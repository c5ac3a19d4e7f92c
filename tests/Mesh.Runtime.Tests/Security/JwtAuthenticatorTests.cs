using Mesh.Runtime.Model;
using Mesh.Runtime.Security;

namespace Mesh.Runtime.Tests.Security;

public class JwtAuthenticatorTests
{
    private static readonly JwtRule Rule = new() { Issuer = "a", Audiences = ["shop", "pay"] };

    private static readonly JwtToken Token = new() { Issuer = "a", Audiences = ["pay"] };

    public static TheoryData<JwtToken?, int> Tokens => new()
    {
        { null, 0 },
        { Token, 0 },
        { Token with { Issuer = "b" }, 401 },
        { Token with { Audiences = ["cart"] }, 403 },
        { Token with { Audiences = [] }, 403 },
        { Token with { Place = new(TokenPlaceKind.Query, "access_token") }, 0 },
        { Token with { Issuer = "b", Place = new(TokenPlaceKind.Header, "x-token") }, 0 },   // where the rules do not look, there is none
        { Token with { Place = new(TokenPlaceKind.Header, "Authorization", "Bearer ") }, 0 },
        { Token with { Issuer = "b", Place = new(TokenPlaceKind.Query, "Access_Token") }, 0 },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public void Missing_token_passes_and_a_wrong_one_does_not(JwtToken? token, int status) =>
        Assert.Equal(status, JwtAuthenticator.From([Rule])!.Judge(token, 0).Status());

    [Theory]
    [InlineData(99, 200, 401)]     // before the skew before its time
    [InlineData(100, 200, 0)]
    [InlineData(260, 200, 0)]      // until the skew after it
    [InlineData(261, 200, 401)]
    public void Times_are_judged_with_Envoy_s_minute_of_clock_skew(int now, int expires, int status)
    {
        var token = Token with { NotBefore = Seconds(160), Expires = Seconds(expires) };
        Assert.Equal(status, JwtAuthenticator.From([Rule])!.Judge(token, Seconds(now)).Status());
    }

    [Fact]
    public void Token_may_stand_where_its_rule_says()
    {
        var place = new TokenPlace(TokenPlaceKind.Header, "X-Token");
        var rules = JwtAuthenticator.From([Rule with { From = [place] }])!;
        Assert.Equal(JwtVerdict.Valid, rules.Judge(Token with { Place = new(TokenPlaceKind.Header, "x-token") }, 0));
        Assert.Equal(JwtVerdict.Missing, rules.Judge(Token, 0));
    }

    [Fact]
    public void One_of_several_rules_for_an_issuer_suffices()
    {
        var rules = JwtAuthenticator.From([Rule with { Issuer = "b" }, Rule with { Audiences = ["cart"] }, Rule])!;
        Assert.Equal(JwtVerdict.Valid, rules.Judge(Token, 0));
        Assert.Equal(JwtVerdict.UnknownIssuer, rules.Judge(Token with { Issuer = "c" }, 0));
    }

    [Fact]
    public void Rule_takes_only_what_its_own_keys_have_signed()
    {
        var (mine, other) = (Rule with { Jwks = "mine" }, Rule with { JwksUri = "https://other", Audiences = ["cart"] });
        var rules = JwtAuthenticator.From([mine, other])!;
        Assert.Equal(JwtVerdict.Valid, rules.Judge(Token with { SignedBy = ["mine"] }, 0));
        Assert.Equal(JwtVerdict.BadSignature, JwtAuthenticator.From([mine])!.Judge(Token with { SignedBy = ["https://other"] }, 0));
        Assert.Equal(JwtVerdict.BadSignature, JwtAuthenticator.From([mine])!.Judge(Token with { SignedBy = [] }, 0));
        Assert.NotEqual(JwtVerdict.Valid, rules.Judge(Token with { SignedBy = ["https://other"] }, 0));   // for pay, but the keys of cart's rule
        Assert.Equal(JwtVerdict.BadSignature, JwtAuthenticator.From([Rule])!.Judge(Token with { SignedBy = ["mine"] }, 0));   // a rule without keys
        Assert.Equal(401, JwtVerdict.BadSignature.Status());
    }

    [Fact]
    public void Without_rules_tokens_are_not_looked_at() => Assert.Null(JwtAuthenticator.From([]));

    private static long Seconds(int seconds) => seconds * TimeSpan.TicksPerSecond;
}
