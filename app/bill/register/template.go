package register

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// exampleMark begins the remark of a template's example. Such a row is refused: nobody asks for a fee that is an
// example.
const exampleMark = "示例"

// fields of a template, in the order of a notice: header, two examples, what it means.
var fields = []struct{ header, one, two, meaning string }{
	{"案号", "（2026）京0101民初1号", "（2026）京0101执2号", "必填。各种写法都能读：（2026）京0101民初1号、2026京0101民初1号。请设为文本格式。"},
	{"通知书编号", "TZ-2026-000001", "TZ-2026-000002", "缴费通知书的编号。同一案件、同一费用项目有几笔时必填。请设为文本格式。"},
	{"缴款码", "1100012026000001", "", "通知书条码上的缴款码，8至32位数字或字母。请设为文本格式。"},
	{"费用项目", "案件受理费", "执行款", "必填。如案件受理费、财产保全申请费、执行款、罚款。法院不得代收的费用（鉴定费、公告费等）不能导入。"},
	{"资金类别", "诉讼费", "执行款", "诉讼费、执行款或罚款；费用项目能看出来时可以不填。"},
	{"金额", "2700.00", "10000.00", "必填。应缴金额，单位元，两位小数；免交填 0。"},
	{"交费人", "张某某", "某某有限公司", "屏幕上只显示部分文字。凭证上单位名称完整打印，个人和个体工商户导入时即作遮盖。不要填身份证号。"},
	{"付款人类型", "个人", "单位", "个人或单位，不填视为个人。名称以公司、银行、学校或机关名称结尾的，不填也按单位打印。"},
	{"案由", "买卖合同纠纷", "", "离婚、抚养等敏感案由不在屏幕上显示。"},
	{"通知日期", "2026-11-23", "2026-11-23", "缴费通知书的日期。"},
	{"交费期限", "2026-11-30", "", "最后一天。不填时，预交的诉讼费按通知次日起七日计算。"},
	{"缴费状态", "未缴", "未缴", "未缴（可不填）、已缴（已在窗口或银行交纳）、撤销。"},
	{"缓减免", "", "", "免交、减交、缓交；没有则不填。"},
	{"标的额", "120000.00", "", "选填。只供工作人员与收费标准核对，不向当事人显示。"},
	{"收费类别", "property", "", "选填。收费标准中的类别，见 courtkiosk fee --list。"},
	{"减半", "否", "", "是或否。"},
	{"财政票据代码", "", "", "选填。只填已缴的：已开具的财政票据的代码，显示在凭证上。"},
	{"财政票据号码", "", "", "选填。只填已缴的。它不表示已缴，缴费状态才是。请设为文本格式。"},
	{"财政票据校验码", "", "", "选填。请设为文本格式。"},
	{"财政票据日期", "", "", "选填。开票日期。"},
	{"备注", exampleMark + "，请删除本行", exampleMark + "，请删除本行", "显示给当事人。以“" + exampleMark + "”开头的行不能导入。"},
}

// WriteTemplate writes an empty list with two examples: "csv" in UTF-8 as Excel takes it, or "xlsx" with the columns
// that are text formatted so, and a sheet that explains each.
func WriteTemplate(w io.Writer, format string) error {
	switch format {
	case "csv":
		return csvTemplate(w)
	case "xlsx":
		return xlsxTemplate(w)
	}
	return fmt.Errorf("no template in the form %q; csv and xlsx there are", format)
}

func csvTemplate(w io.Writer) error {
	rows := make([][]string, 3)
	for _, f := range fields {
		for i, cell := range []string{f.header, f.one, f.two} {
			rows[i] = append(rows[i], cell)
		}
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll(rows)
}

func xlsxTemplate(w io.Writer) (err error) {
	const list, help = "缴费清单", "说明"
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	money, err := f.NewStyle(&excelize.Style{NumFmt: 2})
	if err != nil {
		return err
	}
	if _, err := f.NewSheet(help); err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(fields))
	if err != nil {
		return err
	}
	steps := []error{
		f.SetSheetName("Sheet1", list), f.SetColWidth(list, "A", last, 18), f.SetColWidth(help, "A", "A", 14),
		f.SetColWidth(help, "B", "B", 90),
	}
	for i, field := range fields {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		style := text
		if field.header == "金额" || field.header == "标的额" {
			style = money
		}
		steps = append(steps, f.SetColStyle(list, col, style),
			f.SetCellStr(list, col+"1", field.header), f.SetCellStr(list, col+"2", field.one),
			f.SetCellStr(list, col+"3", field.two),
			f.SetCellStr(help, fmt.Sprintf("A%d", i+1), field.header+"："),
			f.SetCellStr(help, fmt.Sprintf("B%d", i+1), field.meaning))
	}
	steps = append(steps, f.SetCellStyle(list, "A1", last+"1", bold),
		f.SetPanes(list, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	if err := errors.Join(steps...); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}
