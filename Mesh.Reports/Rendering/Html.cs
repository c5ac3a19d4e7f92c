using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Mesh.Reports.Rendering;

/// <summary>A piece of HTML. Made by <see cref="Html.Of"/>, in which every hole is escaped unless it holds HTML already: nothing can be forgotten.</summary>
internal readonly record struct Markup(string Text)
{
    public static Markup Empty { get; } = new("");

    public override string ToString() => Text ?? "";
}

/// <summary>Writes HTML.</summary>
internal static class Html
{
    /// <summary>The interpolated text, its holes escaped.</summary>
    public static Markup Of(HtmlHandler html) => new(html.ToString());

    /// <summary>HTML that is known to be right: our own SVG and styles.</summary>
    public static Markup Raw(string html) => new(html);

    /// <summary>A piece for each item.</summary>
    public static Markup Each<T>(IEnumerable<T> items, Func<T, Markup> piece) => new(string.Concat(items.Select(item => piece(item).Text)));

    /// <summary>The piece, or nothing.</summary>
    public static Markup When(bool condition, Func<Markup> piece) => condition ? piece() : Markup.Empty;
}

/// <summary>Builds the text of <see cref="Html.Of"/>.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlHandler(int literalLength, int holes)
{
    private readonly StringBuilder _text = new(literalLength + holes * 16);

    public void AppendLiteral(string html) => _text.Append(html);

    public void AppendFormatted(Markup html) => _text.Append(html.Text);

    public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(text));

    public void AppendFormatted<T>(T value) where T : IFormattable => _text.Append(WebUtility.HtmlEncode(value.ToString(null, CultureInfo.InvariantCulture)));

    public override string ToString() => _text.ToString();
}
