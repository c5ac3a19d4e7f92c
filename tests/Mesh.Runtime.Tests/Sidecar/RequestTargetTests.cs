using CsCheck;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.Tests.Sidecar;

public class RequestTargetTests
{
    private static readonly Gen<string> Paths =
        OneOf("/", ".", "..", "%2e", "%2E", "%2f", "%2F", "%25", "%", "%4", "%41", "a", "~", "%7e", "//").Array[0, 12].Select(parts => "/" + string.Concat(parts));

    [Fact]
    public void A_path_has_one_form_and_keeps_it() => Paths.Sample(path =>
    {
        string form = RequestTarget.Normalize(path);
        Assert.Equal(form, RequestTarget.Normalize(form));
        Assert.StartsWith("/", form);
        Assert.DoesNotContain("/./", form);
        Assert.DoesNotContain("/../", form);
        Assert.False(form.EndsWith("/..", StringComparison.Ordinal) || form.EndsWith("/.", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("/%4%41", "/%4%41")]
    [InlineData("/%%34%31", "/%%341")]
    [InlineData("/%4a%41", "/JA")]
    [InlineData("/%2f%41", "/%2FA")]
    public void An_escape_that_is_broken_off_is_never_completed(string path, string form) => Assert.Equal(form, RequestTarget.Normalize(path));

    [Fact]
    public void A_path_resolves_as_the_platform_resolves_it() => OneOf("a", "bc", ".", "..", "").Array[0, 8].Sample(segments =>
    {
        string path = "/" + string.Join('/', segments);
        Assert.Equal(new Uri("http://host" + path).AbsolutePath, RequestTarget.Normalize(path));
    });

    private static Gen<string> OneOf(params string[] parts) => Gen.Int[0, parts.Length - 1].Select(i => parts[i]);
}
