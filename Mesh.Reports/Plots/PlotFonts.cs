using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace Mesh.Reports.Plots;

/// <summary>
/// The font of every picture and of the report. It is shipped, because a machine may have none (a container, a build agent):
/// Skia then draws no text at all, and says nothing.
/// </summary>
internal static class PlotFonts
{
    public const string Family = "Inter";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        Fonts.FontResolvers.Insert(0, new Shipped());
        Fonts.Default = Family;
        return true;
    });

    /// <summary>Makes the font known to ScottPlot. May be called often.</summary>
    public static void Register() => _ = Registered.Value;

    /// <summary>The font file, for a page that carries it along.</summary>
    public static byte[] File(bool bold)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(bold ? "Inter-SemiBold.otf" : "Inter-Regular.otf")
            ?? throw new InvalidOperationException("the font is missing from the assembly");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class Shipped : IFontResolver
    {
        private readonly Lazy<SKTypeface> _regular = new(() => SKTypeface.FromData(SKData.CreateCopy(File(bold: false))));
        private readonly Lazy<SKTypeface> _bold = new(() => SKTypeface.FromData(SKData.CreateCopy(File(bold: true))));

        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            CreateTypeface(fontName, weight >= FontWeight.SemiBold, italic: false);

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? (bold ? _bold : _regular).Value : null;
    }
}
