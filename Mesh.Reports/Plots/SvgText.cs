using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Reports.Plots;

/// <summary>Makes Skia's SVG fit to stand in a page: scalable, with names of its own, and with a font to fall back on.</summary>
internal static partial class SvgText
{
    /// <summary>Cleans a document of Skia.</summary>
    /// <param name="svg">The document.</param>
    /// <param name="width">Its width, for the view box.</param>
    /// <param name="height">Its height.</param>
    /// <param name="name">Stands before each identifier, which are unique in a document but not in a page.</param>
    public static string Clean(string svg, int width, int height, string name)
    {
        string body = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        // Skia numbers them through the process; here they are numbered through the document, so that a picture is the same each time.
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        body = Ids().Replace(body, match =>
        {
            string id = match.Groups["id"].Value;
            numbers.TryAdd(id, numbers.Count);
            return $"{match.Groups["before"].Value}{name}-{numbers[id].ToString(CultureInfo.InvariantCulture)}{match.Groups["after"].Value}";
        });
        // Skia ends lists of positions with a comma, which is not SVG.
        body = OpenLists().Replace(body, "\"");
        body = body.Replace($"font-family=\"{PlotFonts.Family}\"", $"font-family=\"{PlotFonts.Family}, Helvetica, Arial, sans-serif\"", StringComparison.Ordinal);
        return Size().Replace(body, string.Create(CultureInfo.InvariantCulture, $"<svg$1 viewBox=\"0 0 {width} {height}\">"), 1);
    }

    [GeneratedRegex("""(?<before>id="|url\(#)cl_(?<id>[0-9a-f]+)(?<after>["\)])""")]
    private static partial Regex Ids();

    [GeneratedRegex(""",\s*"(?=[\s>/])""")]
    private static partial Regex OpenLists();

    [GeneratedRegex("""<svg([^>]*?) width="\d+" height="\d+">""")]
    private static partial Regex Size();
}
