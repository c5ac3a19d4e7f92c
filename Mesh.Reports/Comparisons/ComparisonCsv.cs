using Mesh.Reports.Rendering;

namespace Mesh.Reports.Comparisons;

/// <summary>The table of a comparison as CSV: a row for each variant, load and number. Times are seconds.</summary>
internal static class ComparisonCsv
{
    private const string Header = "variant,load,number,mean,low,high,difference,difference_low,difference_high,confidence,correlation,verdict";

    public static string Write(ComparisonTable table) => string.Concat(Rows(table).Prepend(Header).Select(row => row + "\n"));

    private static IEnumerable<string> Rows(ComparisonTable table) =>
        from row in table.Rows
        from cell in row.Cells
        let difference = cell.Difference?.Difference
        select CsvFiles.Row(row.Variant, row.Load, cell.Number.Key, cell.Value.Mean, Or(cell.Value.Low), Or(cell.Value.High),
            Or(difference?.Mean), Or(difference?.Low), Or(difference?.High), difference is null ? double.NaN : table.Confidence, Or(cell.Difference?.Correlation), cell.Word);

    private static double Or(double? value) => value ?? double.NaN;
}
