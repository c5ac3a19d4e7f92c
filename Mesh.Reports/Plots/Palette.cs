namespace Mesh.Reports.Plots;

/// <summary>The colours of every picture: Okabe and Ito's, which people with any colour vision can tell apart, in an order that also differs in lightness.</summary>
internal static class Palette
{
    /// <summary>Colours of series: blue, orange, green, purple, sky, vermillion, black.</summary>
    public static IReadOnlyList<string> Series { get; } = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#333333"];

    /// <summary>Good.</summary>
    public const string Good = "#009E73";

    /// <summary>Bad.</summary>
    public const string Bad = "#D55E00";

    /// <summary>Text.</summary>
    public const string Ink = "#1C2127";

    /// <summary>Text beside the point.</summary>
    public const string Muted = "#5C6670";

    /// <summary>Fine lines.</summary>
    public const string Line = "#DDE1E6";

    /// <summary>The fill for a share of failures: white for none, then ever deeper vermillion, by order of magnitude, as one in a thousand matters too.</summary>
    public static string Failure(double share) => share switch
    {
        > 0.1 => "#E8742C",
        > 0.01 => "#F5A878",
        > 0.001 => "#FAD3BA",
        > 0 => "#FDEDE2",
        _ => "#FFFFFF",
    };

    /// <summary>The shares at which <see cref="Failure"/> changes, for a legend.</summary>
    internal static IReadOnlyList<(string Label, double Share)> FailureSteps { get; } =
        [("none", 0), ("up to 0.1%", 0.0005), ("up to 1%", 0.005), ("up to 10%", 0.05), ("over 10%", 0.5)];
}
