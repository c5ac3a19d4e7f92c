using CsCheck;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Tests.Security.Identities;

public class SpiffeIdTests
{
    [Fact]
    public void Identity_is_read_and_written_alike()
    {
        var id = SpiffeId.Parse("spiffe://cluster.local/ns/default/sa/payments-sa");
        Assert.Equal(("cluster.local", "default", "payments-sa"), (id.TrustDomain, id.Namespace, id.Account));
        Assert.Equal(new SpiffeId("cluster.local", "default", "payments-sa"), id);
        Assert.Equal("spiffe://cluster.local/ns/default/sa/payments-sa", id.ToString());
    }

    [Theory]
    [InlineData(null, "write spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT")]
    [InlineData("", "write spiffe://")]
    [InlineData("https://cluster.local/ns/a/sa/b", "write spiffe://")]
    [InlineData("SPIFFE://cluster.local/ns/a/sa/b", "write spiffe://")]
    [InlineData("spiffe://cluster.local", "write spiffe://")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b/", "write spiffe://")]
    [InlineData("spiffe://cluster.local/ns/a/dc/b/sa/c", "write spiffe://")]
    [InlineData("spiffe:///ns/a/sa/b", "the trust domain is empty")]
    [InlineData("spiffe://Cluster.local/ns/a/sa/b", "the trust domain has 'C'")]
    [InlineData("spiffe://cluster.local:443/ns/a/sa/b", "the trust domain has ':'")]
    [InlineData("spiffe://me@cluster.local/ns/a/sa/b", "the trust domain has '@'")]
    [InlineData("spiffe://cluster.local/ns//sa/b", "the namespace is empty")]
    [InlineData("spiffe://cluster.local/ns/../sa/b", "the namespace is '..'")]
    [InlineData("spiffe://cluster.local/ns/a/sa/", "the account is empty")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b%2Fc", "the account has '%'")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b?x", "the account has '?'")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b#x", "the account has '#'")]
    [InlineData("spiffe://cluster.local/ns/a/sa/ä", "the account has 'ä'")]
    [InlineData("spiffe://cluster.local/ns/a/sa/b\n", "the account has '\n'")]
    public void What_is_no_identity_is_refused_with_the_rule(string? text, string rule)
    {
        Assert.False(SpiffeId.TryParse(text, out var id, out string? problem));
        Assert.Null(id);
        Assert.Contains(rule, problem, StringComparison.Ordinal);
        Assert.StartsWith($"'{text?.Replace('\n', '?')}' is no identity", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_have_the_standard_s_bounds()
    {
        Assert.True(SpiffeId.TryParse($"spiffe://{new string('a', 255)}/ns/a/sa/b", out _, out _));
        Assert.False(SpiffeId.TryParse($"spiffe://{new string('a', 256)}/ns/a/sa/b", out _, out string? domain));
        Assert.Contains("longer than 255", domain, StringComparison.Ordinal);
        string longest = $"spiffe://a/ns/a/sa/{new string('b', 2048 - "spiffe://a/ns/a/sa/".Length)}";
        Assert.True(SpiffeId.TryParse(longest, out _, out _));
        Assert.False(SpiffeId.TryParse(longest + "b", out _, out string? id));
        Assert.Contains("longer than 2048", id, StringComparison.Ordinal);
        Assert.True(id.Length < 300, "what a stranger sent is cut short");
    }

    [Fact]
    public void Whatever_is_accepted_is_the_identity_that_its_text_says() => Gen.OneOf(
        Gen.String,
        Gen.Select(Gen.String[Gen.Char["abcAZ09.-_%/ :@é"], 0, 8], Gen.String[Gen.Char["abcAZ09.-_%/ "], 0, 8], Gen.String[Gen.Char["abcAZ09.-_%/ "], 0, 8],
            (domain, space, account) => $"spiffe://{domain}/ns/{space}/sa/{account}")).Sample(text =>
        {
            bool accepted = SpiffeId.TryParse(text, out var id, out string? problem);
            Assert.Equal(accepted, problem is null);
            if (!accepted) return;
            Assert.Equal(text, id!.ToString());
            Assert.Equal(id, new SpiffeId(id.TrustDomain, id.Namespace, id.Account));
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)) return;   // such as one whose host has two dots in a row
            Assert.Equal(($"/ns/{id.Namespace}/sa/{id.Account}", id.TrustDomain), (uri.AbsolutePath, uri.Host));
        }, iter: 20_000);
}
