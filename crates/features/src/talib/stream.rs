//! TA-Lib's streaming handles behind one type.
//!
//! Every function has a handle of its own type with its own signature. The table lists them by shape: the columns that
//! go in, and the kinds of parameters. A test opens every function of the library.

use ta_lib::abstract_api::FuncId;
use ta_lib::{Core, MAType, RetCode};

/// Takes the rows of each input from a row on and writes as many of each output. A row that is no bar, since an input is
/// missing or infinite, has missing outputs and leaves the handle as it is.
pub(super) type Handle = Box<dyn FnMut(usize, &[&[f64]], &mut [Vec<f64>]) + Send>;

/// Warms a handle up on the first bars, a column an input, with a value a parameter; writes the outputs of the last bar
/// at a row.
pub(super) type Open = fn(&Core, &[Vec<f64>], &[f64], usize, &mut [Vec<f64>]) -> Result<Handle, RetCode>;

/// The values a handle answers with.
trait Outputs {
    fn write(self, row: usize, out: &mut [Vec<f64>]);
}

impl Outputs for f64 {
    #[inline]
    fn write(self, row: usize, out: &mut [Vec<f64>]) {
        out[0][row] = self;
    }
}

impl Outputs for i32 {
    #[inline]
    fn write(self, row: usize, out: &mut [Vec<f64>]) {
        out[0][row] = self.into();
    }
}

macro_rules! outputs {
    ($($kind:ty: ($($place:tt)+);)+) => {
        $(impl Outputs for $kind {
            #[inline]
            fn write(self, row: usize, out: &mut [Vec<f64>]) {
                $(out[$place][row] = self.$place.into();)+
            }
        })+
    };
}

outputs! {
    (f64, f64): (0 1);
    (i32, i32): (0 1);
    (f64, i32): (0 1);
    (f64, f64, f64): (0 1 2);
    (f64, i32, i32): (0 1 2);
    (f64, f64, f64, f64): (0 1 2 3);
}

fn int(value: f64) -> Result<i32, RetCode> {
    Ok(value as i32)
}

fn real(value: f64) -> Result<f64, RetCode> {
    Ok(value)
}

fn average(value: f64) -> Result<MAType, RetCode> {
    MAType::try_from(value as i32)
}

macro_rules! open {
    ($open:ident ($($x:ident)*) ($($kind:ident)*)) => {
        |core, history, parameters, row, out| {
            let [$($x),*] = history else { return Err(RetCode::BadParam) };
            let mut _given = parameters.iter().copied();
            let (mut stream, last) =
                core.$open($($x,)* $($kind(_given.next().ok_or(RetCode::BadParam)?)?,)*)?;
            last.write(row, out);
            Ok(Box::new(move |from: usize, inputs: &[&[f64]], out: &mut [Vec<f64>]| {
                let [$($x),*] = inputs else { return };
                let rows = out.first().map_or(0, Vec::len);
                $(let $x = &$x[..rows];)*
                for row in from..rows {
                    match stream.update($($x[row]),*) {
                        Ok(values) => values.write(row, out),
                        Err(_) => out.iter_mut().for_each(|column| column[row] = f64::NAN),
                    }
                }
            }))
        }
    };
}

macro_rules! functions {
    ($($inputs:tt $kinds:tt: $($id:ident $open:ident),+;)+) => {
        /// How a function's handle is opened; `None` for one this table does not know.
        pub(super) fn open(function: FuncId) -> Option<Open> {
            let open: Open = match function {
                $($(FuncId::$id => open!($open $inputs $kinds),)+)+
                _ => return None,
            };
            Some(open)
        }
    };
}

functions! {
    (a) ():
        ACOS acos_open, ASIN asin_open, ATAN atan_open, CEIL ceil_open, COS cos_open, COSH cosh_open,
        CUMSUM cumsum_open, EXP exp_open, FLOOR floor_open, HT_DCPERIOD ht_dcperiod_open,
        HT_DCPHASE ht_dcphase_open, HT_PHASOR ht_phasor_open, HT_SINE ht_sine_open,
        HT_TRENDLINE ht_trendline_open, HT_TRENDMODE ht_trendmode_open, LN ln_open, LOG10 log10_open,
        SIN sin_open, SINH sinh_open, SQRT sqrt_open, TAN tan_open, TANH tanh_open;
    (a) (int):
        AVGDEV avgdev_open, CG cg_open, CMO cmo_open, CMOU cmou_open, CTI cti_open, DEMA dema_open,
        DPO dpo_open, EMA ema_open, ER er_open, FOSC fosc_open, HMA hma_open, KAMA kama_open,
        KURTOSIS kurtosis_open, LINEARREG linearreg_open, LINEARREG_ANGLE linearreg_angle_open,
        LINEARREG_INTERCEPT linearreg_intercept_open, LINEARREG_SLOPE linearreg_slope_open,
        MACDFIX macdfix_open, MAX max_open, MAXINDEX maxindex_open, MCGD mcgd_open, MEDIAN median_open,
        MIDPOINT midpoint_open, MIN min_open, MININDEX minindex_open, MINMAX minmax_open,
        MINMAXINDEX minmaxindex_open, MOM mom_open, PERCENTRANK percentrank_open, RMA rma_open,
        ROC roc_open, ROCP rocp_open, ROCR rocr_open, ROCR100 rocr100_open, RSI rsi_open, RVOL rvol_open,
        SMA sma_open, SUM sum_open, SWAK_2PHP swak_2php_open, SWAK_BUTTER swak_butter_open,
        SWAK_GAUSS swak_gauss_open, SWAK_HP swak_hp_open, TEMA tema_open, TRIMA trima_open, TRIX trix_open,
        TSF tsf_open, VHF vhf_open, WMA wma_open, ZLEMA zlema_open;
    (a) (int average): MA ma_open;
    (a) (int average int average int average): MACDEXT macdext_open;
    (a) (int int): RVI rvi_open, TSI tsi_open, VIDYA vidya_open;
    (a) (int int average): APO apo_open, PPO ppo_open, PVO pvo_open;
    (a) (int int int): COPPOCK coppock_open, CRSI crsi_open, MACD macd_open, STC stc_open;
    (a) (int int int average): STOCHRSI stochrsi_open;
    (a) (int int int int): DOSC dosc_open;
    (a) (int int int int int int int int int): KST kst_open;
    (a) (int int int int int int int int int average average): KSTEXT kstext_open;
    (a) (int real):
        PERCENTILE percentile_open, STDDEV stddev_open, SWAK_BP swak_bp_open, T3 t3_open, VAR var_open;
    (a) (int real real): ALMA alma_open;
    (a) (int real real average): BBANDS bbands_open, BBW bbw_open, PERCENTB percentb_open;
    (a) (real real): MAMA mama_open;
    (a b) ():
        ADD add_open, DIV div_open, MEDPRICE medprice_open, MULT mult_open, NVI nvi_open, OBV obv_open,
        PVI pvi_open, PVT pvt_open, SUB sub_open;
    (a b) (int):
        ADR adr_open, AROON aroon_open, AROONOSC aroonosc_open, BETA beta_open, CORREL correl_open,
        DONCHIAN donchian_open, EFI efi_open, FISHER fisher_open, FRAMA frama_open, IMI imi_open,
        MIDPRICE midprice_open, MINUS_DM minus_dm_open, PLUS_DM plus_dm_open, QSTICK qstick_open,
        VWMA vwma_open;
    (a b) (int int): AO ao_open, CVI cvi_open, FRACTAL fractal_open, MASSI massi_open, RVIR rvir_open;
    (a b) (int int average): MAVP mavp_open;
    (a b) (int int int): AC ac_open, ICHIMOKU ichimoku_open;
    (a b) (real int): ZIGZAG zigzag_open;
    (a b) (real real): SAR sar_open;
    (a b) (real real real real real real real real): SAREXT sarext_open;
    (a b c) ():
        IBS ibs_open, MARKETFI marketfi_open, TRANGE trange_open, TYPPRICE typprice_open, WAD wad_open,
        WCLPRICE wclprice_open;
    (a b c) (int):
        ACCBANDS accbands_open, ADX adx_open, ADXR adxr_open, ATR atr_open, CCI cci_open, CHOP chop_open,
        CHOPTR choptr_open, DX dx_open, ERI eri_open, MINUS_DI minus_di_open, NATR natr_open,
        PLUS_DI plus_di_open, VORTEX vortex_open, WILLR willr_open;
    (a b c) (int int): PSO pso_open;
    (a b c) (int int average): STOCHF stochf_open;
    (a b c) (int int average int average): KDJ kdj_open, STOCH stoch_open;
    (a b c) (int int int): ULTOSC ultosc_open, WAVETREND wavetrend_open;
    (a b c) (int int int int): SMI smi_open;
    (a b c) (int int real): KC kc_open;
    (a b c) (int real): EMV emv_open, SUPERTREND supertrend_open;
    (a b c) (int real int): CKSP cksp_open;
    (a b c) (int real int real real real): SQZMOM sqzmom_open;
    (a b c d) ():
        AD ad_open, AVGPRICE avgprice_open, BOP bop_open, CDL2CROWS cdl2crows_open,
        CDL3BLACKCROWS cdl3blackcrows_open, CDL3INSIDE cdl3inside_open, CDL3LINESTRIKE cdl3linestrike_open,
        CDL3OUTSIDE cdl3outside_open, CDL3STARSINSOUTH cdl3starsinsouth_open,
        CDL3WHITESOLDIERS cdl3whitesoldiers_open, CDLADVANCEBLOCK cdladvanceblock_open,
        CDLBELTHOLD cdlbelthold_open, CDLBREAKAWAY cdlbreakaway_open,
        CDLCLOSINGMARUBOZU cdlclosingmarubozu_open, CDLCONCEALBABYSWALL cdlconcealbabyswall_open,
        CDLCOUNTERATTACK cdlcounterattack_open, CDLDOJI cdldoji_open, CDLDOJISTAR cdldojistar_open,
        CDLDRAGONFLYDOJI cdldragonflydoji_open, CDLENGULFING cdlengulfing_open,
        CDLGAPSIDESIDEWHITE cdlgapsidesidewhite_open, CDLGRAVESTONEDOJI cdlgravestonedoji_open,
        CDLHAMMER cdlhammer_open, CDLHANGINGMAN cdlhangingman_open, CDLHARAMI cdlharami_open,
        CDLHARAMICROSS cdlharamicross_open, CDLHIGHWAVE cdlhighwave_open, CDLHIKKAKE cdlhikkake_open,
        CDLHIKKAKEMOD cdlhikkakemod_open, CDLHOMINGPIGEON cdlhomingpigeon_open,
        CDLIDENTICAL3CROWS cdlidentical3crows_open, CDLINNECK cdlinneck_open,
        CDLINVERTEDHAMMER cdlinvertedhammer_open, CDLKICKING cdlkicking_open,
        CDLKICKINGBYLENGTH cdlkickingbylength_open, CDLLADDERBOTTOM cdlladderbottom_open,
        CDLLONGLEGGEDDOJI cdllongleggeddoji_open, CDLLONGLINE cdllongline_open,
        CDLMARUBOZU cdlmarubozu_open, CDLMATCHINGLOW cdlmatchinglow_open, CDLONNECK cdlonneck_open,
        CDLPIERCING cdlpiercing_open, CDLRICKSHAWMAN cdlrickshawman_open,
        CDLRISEFALL3METHODS cdlrisefall3methods_open, CDLSEPARATINGLINES cdlseparatinglines_open,
        CDLSHOOTINGSTAR cdlshootingstar_open, CDLSHORTLINE cdlshortline_open,
        CDLSPINNINGTOP cdlspinningtop_open, CDLSTALLEDPATTERN cdlstalledpattern_open,
        CDLSTICKSANDWICH cdlsticksandwich_open, CDLTAKURI cdltakuri_open, CDLTASUKIGAP cdltasukigap_open,
        CDLTHRUSTING cdlthrusting_open, CDLTRISTAR cdltristar_open, CDLUNIQUE3RIVER cdlunique3river_open,
        CDLUPSIDEGAP2CROWS cdlupsidegap2crows_open, CDLXSIDEGAP3METHODS cdlxsidegap3methods_open,
        HA ha_open, VWAP vwap_open;
    (a b c d) (int): CMF cmf_open, MFI mfi_open;
    (a b c d) (int int): ADOSC adosc_open;
    (a b c d) (int int int): KVO kvo_open;
    (a b c d) (int real): ROGERSSATCHELL rogerssatchell_open;
    (a b c d) (real):
        ASI asi_open, CDLABANDONEDBABY cdlabandonedbaby_open, CDLDARKCLOUDCOVER cdldarkcloudcover_open,
        CDLEVENINGDOJISTAR cdleveningdojistar_open, CDLEVENINGSTAR cdleveningstar_open,
        CDLMATHOLD cdlmathold_open, CDLMORNINGDOJISTAR cdlmorningdojistar_open,
        CDLMORNINGSTAR cdlmorningstar_open, SI si_open;
}
